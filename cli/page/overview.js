/* SPDX-License-Identifier: MIT */
/* The first view: totals, time, filter, and the groups in order. */

const CHUNK = 60;     /* rows that are added at once */
const VALUES_FEW = 5; /* of a key, until all are wanted */
const VALUES_MANY = 40;
const builds = buildsOf(everything);   /* of a part of the time the first event would be another one */
let areFacetsOpen = innerWidth > 1100; /* as the reader has left them */

function total(value, label, note) {
    return el('div.total', null, el('b', null, value), el('span', null, label),
              note && el('small', null, note));
}

function totals(all, count) {
    const survived = all.contained + all.rewound;
    return el('section.totals', {'aria-label': 'totals'},
              total(number(count), count === 1 ? 'group' : 'groups'),
              total(number(all.count), all.count === 1 ? 'event' : 'events'),
              total(number(all.died), 'fatal', percent(all.died, all.count)),
              total(number(survived), 'survived', percent(survived, all.count)),
              total(number(all.builds.size), all.builds.size === 1 ? 'build' : 'builds'),
              total(number(all.hosts.size), all.hosts.size === 1 ? 'host' : 'hosts'));
}

/* Presets end at the newest event. */
function spans(view) {
    const last = everything.length ? everything[everything.length - 1].time : 0, whole = spanOf(everything);
    const button = (name, from) => el('button', {
        type: 'button',
        'aria-pressed': String(from ? view.from === from && !view.to : !view.from && !view.to),
        onclick: () => go({...view, from, to: 0})
    },
                                      name);
    const shown = [['24 h', DAY], ['7 d', 7 * DAY], ['30 d', 30 * DAY]].filter(
        ([, length]) => length < whole.to - whole.from);
    return (shown.length > 0 || view.from > 0) &&
           el('div.choice', {role: 'group', 'aria-label': 'span of time'},
              shown.map(([name, length]) => button(name, last - length)), button('all', 0));
}

function sorting(view) {
    const select = el(
        'select', {'aria-label': 'order of the groups', onchange: () => go({...view, sort: select.value})}, [
            ['count', 'most frequent'], ['recent', 'most recent'], ['growth', 'growing'], ['first', 'newest']
        ].map(([value, name]) => el('option', {value, selected: view.sort === value}, name)));
    return el('label.sort', null, 'Sort', select);
}

/* The filter as typed, and a chip for each word of it. */
function filterLine(view) {
    const input = el('input', {
        type: 'search',
        id: 'filter',
        value: view.q,
        spellcheck: 'false',
        autocomplete: 'off',
        placeholder: 'Filter: a function, host=web*, signal=SIGSEGV, tag=value',
        'aria-label': 'filter'
    });
    input.addEventListener('input', () => {
        clearTimeout(input.timer);
        input.timer = setTimeout(() => go({...view, q: input.value}, true), 150);
    });
    const chip = (name, without) =>
        el('button.chip', {type: 'button', title: 'remove', onclick: () => go(without)}, name,
           el('span', {'aria-hidden': 'true'}, '×'));
    const words = wordsOf(view.q),
          chips =
              words.filter((word) => word.key)
                  .map((word) => chip(word.source, {
                           ...view,
                           q: words.filter((other) => other !== word).map((other) => other.source).join(' ')
                       }));
    if (view.from || view.to)
        chips.push(
            chip((view.from ? moment(view.from) : 'begin') + ' – ' + (view.to ? moment(view.to) : 'end'),
                 {...view, from: 0, to: 0}));
    return [
        el('div.line.controls', null, el('div.search', null, input, el('kbd', {'aria-hidden': 'true'}, '/')),
           spans(view), sorting(view)),
        chips.length > 0 && el('div.chips', null, chips)
    ];
}

function facet(view, key, values, all) {
    const list = el('ul'), most = values[0][1];
    const show = (count) => list.replaceChildren(...values.slice(0, count).map(([value, often]) => {
        const bar = el('i');
        bar.style.width = often / most * 100 + '%';
        return el('li', null,
                  el('button', {
                      type: 'button',
                      title: percent(often, all) + ' of the events',
                      onclick: () => add(view, key, value)
                  },
                     el('span.name', null, value), el('span.often', null, number(often)), bar));
    }));
    const more = el('button.quiet', {
        type: 'button',
        onclick: () => {
            show(VALUES_MANY);
            more.remove();
        }
    },
                    number(values.length - VALUES_FEW) + ' more');
    show(VALUES_FEW);
    return el('section.facet', null, el('h3', null, key), list, values.length > VALUES_FEW && more);
}

function add(view, key, value) {
    const word = wordFor(key, value);
    go({
        ...view,
        q: wordsOf(view.q).some((other) => other.source === word) ? view.q : (view.q + ' ' + word).trim()
    });
}

/* A value that each event has of its own tells nothing here. */
function facets(view, events, all) {
    const found =
        valuesOf(events).filter(([, values]) => values.length > 0 && values[0][1] > 1 && values[0][1] < all &&
                                                values.length * 2 <= Math.max(4, all));
    const box =
        found.length > 0 &&
        el('details.facets',
           {open: areFacetsOpen, ontoggle: (event) => { areFacetsOpen = event.target.open; }},
           el('summary', null, 'Filter by'), found.map(([key, values]) => facet(view, key, values, all)));
    return box;
}

function names(group) {
    const {kind, first, rest} = group.parts, fresh = newIn(group);
    return el('div.names', null,
              el('div.first', null, el('a', {href: linkTo(group)}, first || 'no signature'),
                 fresh && el('span.badge', {title: 'no other build has it'}, 'new in ' + fresh)),
              el('div.second', null, kind && el('span.kind', null, kind),
                 el('span', null, group.events[0].exe),
                 rest.length > 0 && el('span.callers', null, rest.map((name) => '← ' + name).join(' '))));
}

function row(tally, place) {
    return el('li.row', {
        'data-group': tally.group.id,
        'data-place': place,
        onclick: (event) => {
            if (!event.target.closest('a'))
                location.hash = linkTo(tally.group);
        }
    },
              names(tally.group), el('div.trend', null, sparkline(tally.trend)),
              el('div.count', null, number(tally.count)), outcomes(tally, outcomeWords(tally)),
              el('div.when', null, stamp(tally.last), el('span', null, 'since ', stamp(tally.first))),
              el('div.many', {title: [...tally.builds].slice(0, 12).join(', ')}, number(tally.builds.size)),
              el('div.many', {title: [...tally.hosts].slice(0, 12).join(', ')}, number(tally.hosts.size)));
}

/* Rows are added as they come into sight: a thousand would take a second. */
function list(tallies) {
    const rows = el('ol.rows', {
        id: 'rows',
        'aria-label': 'groups',
        onfocusin: (event) => mark(Number(event.target.closest('.row').dataset.place), false)
    });
    const end = el('div.end');
    const grow = (count) => {
        const from = rows.children.length;
        rows.append(...tallies.slice(from, from + count).map((one, at) => row(one, from + at)));
        end.textContent = rows.children.length < tallies.length
                              ? plural(tallies.length - rows.children.length, 'more group')
                              : '';
    };
    rows.grow = grow;
    rows.order = tallies.map((one) => one.group.id);
    grow(CHUNK);
    new IntersectionObserver((seen) => seen.some((one) => one.isIntersecting) && grow(CHUNK), {
        rootMargin: '600px'
    }).observe(end);
    const head = el('div.row.head', {'aria-hidden': 'true'},
                    ['Group', 'Trend', 'Events', 'Outcome', 'Last seen', 'Builds', 'Hosts'].map(
                        (name) => el('div', null, name)));
    return tallies.length ? [head, rows, end] : [el('p.nothing', null, 'No event matches the filter.')];
}

function overview(view) {
    const events = eventsOf(view);
    const span = view.from || view.to
                     ? {from: view.from || spanOf(events).from, to: view.to || spanOf(events).to}
                     : spanOf(everything);
    const {all, tallies} = tally(events, span);
    tallies.sort(orders[view.sort] || orders.count);
    document.title = 'crumple: ' + plural(tallies.length, 'group') + ', ' + plural(all.count, 'event');
    return [
        totals(all, tallies.length),
        timeline(events, builds.filter((build) => all.builds.has(build.label) && build.time >= span.from),
                 span, 148, (from, to) => go({...view, from, to})),
        ...filterLine(view),
        el('div.columns', null, el('section.list', {'aria-label': 'groups'}, list(tallies)),
           facets(view, events, all.count))
    ].filter(Boolean);
}
