// SPDX-License-Identifier: MIT
// What V8 and libuv do with signals and threads in a healthy program; what it prints does not differ between runs.
'use strict';
const {Worker} = require('worker_threads');
const {spawnSync} = require('child_process');

// (module (memory 1) (func (export "load") (param i32) (result i32) local.get 0 i32.load))
const bytes = new Uint8Array([
    0,    0x61, 0x73, 0x6d, 1, 0, 0, 0, 1,    6, 1,    0x60, 1, 0x7f, 1,    0x7f,
    3,    2,    1,    0,    5, 3, 1, 0, 1,    7, 8,    1,    4, 0x6c, 0x6f, 0x61,
    0x64, 0,    0,    10,   9, 1, 7, 0, 0x20, 0, 0x28, 2,    0, 0x0b,
]);

// Reads out of bounds are not checked for: the handler for SIGSEGV makes exceptions of them.
function traps(load) {
    let caught = 0;
    for (let i = 0; i < 10000; i++) {
        try {
            load(70000 + i * 4);
        } catch (error) {
            if (!(error instanceof WebAssembly.RuntimeError))
                throw error;
            caught++;
        }
    }
    return caught;
}

function overflows() {
    let caught = 0;
    const deeper = () => deeper() + 1;
    for (let i = 0; i < 20; i++) {
        try {
            deeper();
        } catch (error) {
            if (!(error instanceof RangeError))
                throw error;
            caught++;
        }
    }
    return caught;
}

async function workers() {
    const code =
        'let n = 0; const deeper = () => deeper() + 1;' +
        'try { deeper(); } catch (e) { n = 7; } require("worker_threads").parentPort.postMessage(n);';
    const answers = await Promise.all(Array.from({length: 4}, () => new Promise((resolve, reject) => {
                                                                  const worker =
                                                                      new Worker(code, {eval: true});
                                                                  worker.on('message', resolve);
                                                                  worker.on('error', reject);
                                                              })));
    return answers.join(' ');
}

async function main() {
    const {instance} = await WebAssembly.instantiate(bytes);
    console.log('traps', traps(instance.exports.load));
    console.log('overflows', overflows());
    console.log('workers', await workers());
    const child = spawnSync('/bin/sh', ['-c', 'echo child; exit 3']);
    console.log('child', child.status, String(child.stdout).trim());
    const killed = spawnSync('/bin/sh', ['-c', 'kill -TERM $$']);
    console.log('killed', killed.signal);
    process.on('SIGUSR2', () => {
        console.log('signal seen');
        process.exit(4);
    });
    process.kill(process.pid, 'SIGUSR2');
    setTimeout(() => {}, 5000);
}

main();
