// SPDX-License-Identifier: MIT
// Rust's standard library: 8 KiB alternate stacks, a handler for SIGSEGV and SIGBUS that knows stack overflows, panics.
use std::thread;

extern "C" fn null_write() {
    unsafe { std::ptr::write_volatile(std::ptr::null_mut::<i32>(), 1) }
}

#[inline(never)]
fn overflow(n: u64) -> u64 {
    let mut room = [n; 128];
    let next = unsafe { std::ptr::read_volatile(room.as_mut_ptr().add((n % 128) as usize)) };
    overflow(next + 1) + room[0]
}

fn named(work: impl FnOnce() + Send + 'static) {
    let joined = thread::Builder::new().name("a-rust-thread".into()).spawn(work).unwrap().join();
    println!("joined {}", if joined.is_ok() { "fine" } else { "after a panic" });
}

fn work() {
    let caught = (0..1000).filter(|_| std::panic::catch_unwind(|| panic!()).is_err()).count();
    println!("caught {}", caught);
    let sums: Vec<u64> = (0..200).map(|i| thread::spawn(move || i * i)).map(|t| t.join().unwrap()).collect();
    println!("sum {}", sums.iter().sum::<u64>());
    named(|| panic!("in a thread"));
}

fn main() {
    match std::env::args().nth(1).unwrap().as_str() {
        "work" => {
            std::panic::set_hook(Box::new(|_| {}));
            work()
        }
        "panic" => panic!("on purpose"),
        "abort" => std::process::abort(),
        "exit" => std::process::exit(3),
        "null" => null_write(),
        "null-in-thread" => named(|| null_write()),
        "overflow" => println!("{}", overflow(1)),
        "overflow-in-thread" => named(|| println!("{}", overflow(1))),
        _ => std::process::exit(70),
    }
}
