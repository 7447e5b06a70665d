/* SPDX-License-Identifier: MIT */
/* All stacks of a report on top of each other: width is a number of threads, the outermost function is at the top. */

const FLAME_LINE = 20;      /* pixels */
const FLAME_NAMED = 0.025;  /* of the width: what is narrower has its name only in a tip */
const FLAME_LEAST = 0.0015; /* of the width: what is narrower is not drawn */

function newNode(name, frame) {
    return {name, frame, count: 0, faulted: false, children: new Map()};
}

function flameTree(stacks) {
    const root = newNode('all', null);
    stacks.forEach((stack, at) => {
        let node = root;
        root.count += stack.count;
        for (let i = stack.frames.length - 1; i >= 0; i--) {
            const frame = data.frames[stack.frames[i]], name = text(frame[1]);
            if (frame[0] === 'c')
                continue;
            if (!node.children.has(name))
                node.children.set(name, newNode(name, frame));
            node = node.children.get(name);
            node.count += stack.count;
            node.faulted = node.faulted || at === 0;
        }
    });
    return root;
}

/* The parents of what is zoomed at are as wide as it. */
function flameBars(root, zoomed) {
    const bars = [], path = new Set();
    for (let node = zoomed; node; node = node.parent)
        path.add(node);
    const place = (node, left, width, depth) => {
        if (width < FLAME_LEAST)
            return;
        bars.push({node, left, width, depth});
        let at = left;
        for (const child of [...node.children.values()].sort((a, b) => b.count - a.count)) {
            child.parent = node;
            const part = path.has(node) && node !== zoomed ? (path.has(child) ? width : 0)
                                                           : width * child.count / node.count;
            place(child, at, part, depth + 1);
            at += part;
        }
    };
    place(root, 0, 1, 0);
    return bars;
}

function flameBar(bar, unit, box, zoom, say) {
    const {node} = bar, kind = node.frame ? node.frame[0][0] : 'r';
    const words = node.name + ': ' + plural(node.count, unit);
    const element = el('button.flame-bar.' + kind, {
        type: 'button',
        title: words,
        onclick: () => zoom(node),
        onpointerenter: () => say(words),
        onfocus: () => say(words)
    },
                       bar.width >= FLAME_NAMED && node.name);
    element.classList.toggle('faulted', node.faulted);
    element.style.left = bar.left * 100 + '%';
    element.style.width = bar.width * 100 + '%';
    element.style.top = bar.depth * FLAME_LINE + 'px';
    box.append(element);
}

function flame(stacks) {
    const unit = unitOf(stacks[stacks.length - 1]);
    const root = flameTree(stacks), box = el('div.flame'), words = el('span.reading');
    const all = el('button.quiet', {type: 'button', onclick: () => zoom(root)}, 'whole graph');
    const say = (what) => { words.textContent = what; };
    function zoom(node) {
        const bars = flameBars(root, node);
        box.replaceChildren();
        box.style.height = (Math.max(...bars.map((bar) => bar.depth)) + 1) * FLAME_LINE + 'px';
        bars.forEach((bar) => flameBar(bar, unit, box, zoom, say));
        all.hidden = node === root;
        say(node === root ? plural(root.count, unit) + '; a click zooms'
                          : node.name + ': ' + plural(node.count, unit));
    }
    zoom(root);
    return el('div', null, el('div.line', null, words, all), box);
}
