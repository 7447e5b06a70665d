/* SPDX-License-Identifier: MIT */
/* Where the reader is (the hash of the address), keys, themes. Nothing is stored. */

const top_ = document.getElementById('top');
const main = document.getElementById('main');
const over = document.getElementById('over');
let chosen = 0;          /* row of the list */
const PAPER_WIDTH = 680; /* of the timeline, which is drawn again for a printer */

/* #/GROUP?q=...&from=...&to=...&sort=...&threads=flame */
function viewOf(hash) {
    const [path, query] = hash.replace(/^#\/?/, '').split('?'), words = new URLSearchParams(query || '');
    return {
        group: byId.has(path) ? path : '',
        q: words.get('q') || '',
        from: Number(words.get('from')) || 0,
        to: Number(words.get('to')) || 0,
        sort: orders[words.get('sort')] ? words.get('sort') : 'count',
        threads: words.get('threads') === 'flame' ? 'flame' : 'folded'
    };
}

function hashOf(view) {
    const words = new URLSearchParams();
    for (const key of ['q', 'from', 'to'])
        if (view[key])
            words.set(key, view[key]);
    if (view.sort !== 'count')
        words.set('sort', view.sort);
    if (view.group && view.threads === 'flame')
        words.set('threads', 'flame');
    return '#/' + view.group + (words.size ? '?' + words : '');
}

const linkTo = (group) => hashOf({...viewOf(location.hash), group: group.id});

/* While somebody types, the view is replaced: back leads to the one before the typing. */
function go(view, replaces) {
    if (!replaces) {
        location.hash = hashOf(view);
        return;
    }
    history.replaceState(null, '', hashOf(view));
    draw();
}

function draw() {
    const view = viewOf(location.hash), before = performance.now(), input = document.activeElement;
    const typed = input && input.id === 'filter' ? [input.selectionStart, input.selectionEnd] : null;
    main.replaceChildren(...(view.group ? groupView(byId.get(view.group), view) : overview(view)));
    document.querySelectorAll('.chart').forEach((box) => box.redraw());
    if (typed) {
        const again = document.getElementById('filter');
        again.focus();
        again.setSelectionRange(...typed);
    }
    if (!view.group)
        mark(Math.min(chosen, rowCount() - 1), false);
    document.documentElement.dataset.drawn = (performance.now() - before).toFixed(1);
}

const rowCount = () => document.getElementById('rows')?.children.length || 0;

function mark(place, follows) {
    const rows = document.getElementById('rows');
    if (!rows || place < 0)
        return;
    while (place >= rows.children.length && document.querySelector('.end').textContent)
        rows.grow(CHUNK);
    chosen = Math.min(place, rows.children.length - 1);
    rows.querySelector('.chosen')?.classList.remove('chosen');
    rows.children[chosen].classList.add('chosen');
    if (follows)
        rows.children[chosen].scrollIntoView({block: 'nearest'});
}

/* The group before or after this one, in the order of the list. */
function neighbour(view, step) {
    const events = eventsOf(view), {tallies} = tally(events, spanOf(events));
    tallies.sort(orders[view.sort]);
    const next = tallies[tallies.findIndex((one) => one.group.id === view.group) + step];
    if (next)
        go({...view, group: next.group.id});
}

function theme() {
    const root = document.documentElement;
    const dark = root.dataset.theme ? root.dataset.theme === 'dark'
                                    : matchMedia('(prefers-color-scheme: dark)').matches;
    root.dataset.theme = dark ? 'light' : 'dark';
}

const keyWords = [
    ['j k', 'next, previous group'], ['Enter', 'open the group'],
    ['Esc', 'back to the groups; clear the filter'], ['/', 'filter'], ['t', 'dark or light'],
    ['?', 'this help']
];

function help(shows) {
    over.hidden = !shows;
    if (!shows)
        return over.replaceChildren();
    const close = el('button.quiet', {type: 'button', onclick: () => help(false)}, 'close');
    over.replaceChildren(el(
        'div.card', {role: 'dialog', 'aria-label': 'keys'},
        el('div.line', null, el('h2', null, 'Keys'), close),
        el('dl.facts', null,
           keyWords.map(
               ([key, meaning]) => [el('dt', null, key.split(' ').map((one) => [el('kbd', null, one), ' '])),
                                    el('dd', null, meaning)])),
        el('h2', null, 'Filter'),
        el('p', null, 'Words of the filter must all hold: ', el('code', null, 'KEY=GLOB'), ', ',
           el('code', null, 'KEY!=GLOB'),
           ', or a part of a signature. Keys are exe, event, signal, host, build, group, function, ' +
               'signature, and the names of tags.'),
        el('p', null, 'A drag over the timeline chooses a span.')));
    close.focus();
}

function escape(view) {
    if (!over.hidden)
        return help(false);
    if (document.activeElement.id === 'filter')
        return document.activeElement.blur();
    if (view.group)
        return go({...view, group: ''});
    if (view.q || view.from || view.to)
        go({...view, q: '', from: 0, to: 0});
}

function press(event) {
    const view = viewOf(location.hash);
    const isTyping = /INPUT|SELECT|TEXTAREA/.test(document.activeElement.tagName);
    if (event.key === 'Escape')
        return escape(view);
    if (isTyping || event.ctrlKey || event.metaKey || event.altKey)
        return;
    const onControl = /BUTTON|A|SUMMARY/.test(document.activeElement.tagName);
    const actions = {
        j: () => view.group ? neighbour(view, 1) : mark(chosen + 1, true),
        k: () => view.group ? neighbour(view, -1) : mark(chosen - 1, true),
        '/': () => {
            if (view.group)
                go({...view, group: ''});
            setTimeout(() => document.getElementById('filter')?.focus());
        },
        '?': () => help(over.hidden),
        t: theme,
        Enter: onControl || view.group ? null : () => document.querySelector('.chosen a')?.click(),
    };
    if (!actions[event.key])
        return;
    event.preventDefault();
    actions[event.key]();
}

/* Who comes back from a group finds it chosen in the list. */
function follow(event) {
    const from = viewOf(new URL(event.oldURL).hash).group;
    draw();
    scrollTo(0, 0);
    if (from && document.getElementById('rows'))
        mark(document.getElementById('rows').order.indexOf(from), true);
}

function begin() {
    const sources = data.sources.map(text);
    const from = sources.length === 1 ? sources[0] : plural(sources.length, 'source');
    const left = [
        data.cut && 'older events are left out',
        data.groups_left > 0 && plural(data.groups_left, 'group') + ' left out', data.full && 'not scrubbed'
    ].filter(Boolean);
    const only = text(data.filter);
    make(top_, null, [
        el('a.brand', {href: '#/'}, 'crumple'), el('span.note.from', {title: sources.join('\n')}, from),
        el('span.note.made', null, 'made ' + data.made.slice(0, 16).replace('T', ' ') + ' UTC'),
        left.length > 0 && el('span.badge', null, left.join(', ')),
        only && el('span.note.only', {title: only}, 'only ' + only), el('span.gap'),
        el('button.quiet', {type: 'button', title: 'dark or light (t)', onclick: theme}, 'theme'),
        el('button.quiet', {type: 'button', title: 'keys (?)', onclick: () => help(true)}, 'help')
    ]);
    addEventListener('hashchange', follow);
    addEventListener('keydown', press);
    addEventListener('beforeprint', () => {
        document.getElementById('rows')?.grow(500);
        document.querySelector('.chart')?.redraw(PAPER_WIDTH);
    });
    addEventListener('afterprint', () => document.querySelector('.chart')?.redraw());
    document.documentElement.dataset.read = (performance.now() - begun).toFixed(1);
    draw();
}

begin();
