/* SPDX-License-Identifier: MIT */
/* The view of one group: what, where, since when, whom it hits, and how to go on. */

const EVENTS_CHUNK = 20;
const STACKS_FEW = 12;
const TAGS_MAX = 6;

/* The text of the source around the line of a frame. Its file may be newer than the crash, or than the module's file. */
function sourceLines(frame, found, crashed) {
    const since = found.built && found.built <= crashed ? found.built : crashed;
    const place = text(frame[6 + 2 * found.place] || frame[4]);
    return el(
        'li.source', null,
        el('div', null,
           found.lines.map((line, i) => el('div' + (found.first + i === found.line ? '.guilty' : ''), null,
                                           el('span.number', null, String(found.first + i)), text(line)))),
        since > 0 && found.modified > since &&
            el('p.note', null,
               place.replace(/:\d+$/, '').split('/').at(-1) +
                   ' was written later: ' + exact(found.modified).slice(0, 10) + '; its lines may differ'));
}

/* The place of a frame opens and closes the text of its source. */
function foldSource(where, source, isOpen) {
    const toggle = (event) => {
        source.hidden = !source.hidden;
        event.currentTarget.setAttribute('aria-expanded', String(!source.hidden));
    };
    source.hidden = !isOpen;
    where.replaceChildren(el(
        'button.place',
        {type: 'button', 'aria-expanded': String(isOpen), title: 'the text of the source', onclick: toggle},
        where.textContent));
}

/* The functions that a frame is of: those that were inlined, innermost first, then the one that has the code. */
const namesOf = (frame) => [...frame.slice(5).filter((_, i) => i % 2 === 0), frame[1]].map(text);

/* blamed: of the frame that is to blame, what the name of the function begins with; else null. crashed: when, where the text of the source is
 * at hand, else NaN; isTold: it is open. */
function frameLines(number, at, blamed, crashed, isTold) {
    const frame = data.frames[number], [kind, name, module, offset, place] = frame, lines = [];
    const named = namesOf(frame).findIndex((one) => blamed && one.startsWith(blamed));
    for (let i = 5; i < frame.length; i += 2)
        lines.push(el(
            'li.frame', null, el('span.at', null, '#' + at),
            el('span.what', null, el('b', null, text(frame[i]) || '??'), ' ', el('small', null, 'inlined')),
            el('span.where', null, text(frame[i + 1]))));
    const faint = kind[0] !== 'a' && kind[0] !== 's';
    const what =
        kind[0] === 's' ? el('em', null, 'signal handler called') : el('b', null, text(name) || '??');
    lines.push(el('li.frame' + (faint ? '.faint' : ''), null, el('span.at', null, '#' + at),
                  el('span.what', null, what, offset > 0 && el('small', null, '+' + text(offset)),
                     kind[1] === '?' && el('small', {title: 'found by a scan of the stack'}, ' perhaps')),
                  el('span.where', null, text(place) || text(module))));
    if (blamed !== null)
        lines.at(named).classList.add('top'); /* -1: the one that has the code */
    const found = crashed >= 0 && texts.get(number);
    if (found) {
        const source = sourceLines(frame, found, crashed);
        foldSource(lines[found.place].lastChild, source, isTold);
        lines.splice(found.place + 1, 0, source);
    }
    return lines;
}

/* blamed: the function that the signature begins with. Frames of libc and of runtimes are folded where three
 * or more follow each other, but the innermost are what a thread waits in. crashed: when; NaN: no text of the source is wanted. */
function stackLines(stack, blamed, crashed) {
    const frames = stack.frames.map((number, at) => ({number, at, kind: data.frames[number][0][0]}))
                       .filter((one) => one.kind !== 'c');
    const lines = [];
    const first =
        frames.find((one) =>
                        blamed && namesOf(data.frames[one.number]).some((name) => name.startsWith(blamed))) ||
        frames.find((one) => one.at >= stack.end && one.kind === 'a') || frames[0];
    const told = [first, ...frames].find((one) => one && one.at >= stack.end && texts.has(one.number));
    const isFolded = (at) => frames[at] && frames[at].kind === 'r' && (at >= 3 || frames[at].at < stack.end);
    for (let i = 0; i < frames.length; i++) {
        let run = i;
        while (isFolded(run))
            run++;
        if (run - i >= 3) {
            const hidden = frames.slice(i, run);
            const button =
                el('button.quiet', {type: 'button'}, plural(hidden.length, 'frame') + ' of the runtime');
            const item = el('li.frame.folded', null, el('span.at'), button);
            button.addEventListener('click', () => item.replaceWith(...hidden.flatMap(
                                                 (one) => frameLines(one.number, one.at, null, NaN, false))));
            lines.push(item);
            i = run - 1;
        } else {
            lines.push(...frameLines(frames[i].number, frames[i].at, frames[i] === first ? blamed : null,
                                     crashed, frames[i] === told));
        }
    }
    if (stack.cut)
        lines.push(el('li.frame.faint', null, el('span.at'), el('span.what', null, 'the stack goes on')));
    return el('ol.stack', null, lines);
}

/* Of a Go program's end the stacks are those of goroutines. */
const unitOf = (stack) =>
    stack.names.length === 1 && text(stack.names[0]).startsWith('goroutine') ? 'goroutine' : 'thread';

function stackName(stack, isFirst) {
    const names = stack.names.map(text).filter((name) => isFirst || name !== 'goroutine');
    return [
        isFirst ? '' : plural(stack.count, unitOf(stack)) + ' ',
        names.length > 0 && el('code', null, names.join(', ') + (names.length === 4 ? ', …' : '')),
        stack.routine ? [' started in ', el('code', null, text(stack.routine))] : null,
        stack.note ? el('span.note', null, text(stack.note)) : null
    ];
}

function threadsFolded(stacks) {
    const one = (stack, at) =>
        el('details.thread', {open: at === 0 && stacks.length < 3},
           el('summary', null,
              el('span', null, stackName(stack, false),
                 at === 0 && stack === stacks[0] && el('span.note', null, 'the stack above')),
              el('span.tip', null, topOf(stack))),
           stackLines(stack, '', NaN));
    const box = el('div', null, stacks.slice(0, STACKS_FEW).map(one));
    if (stacks.length > STACKS_FEW) {
        const more =
            el('button.quiet',
               {type: 'button', onclick: () => more.replaceWith(...stacks.slice(STACKS_FEW).map(one))},
               plural(stacks.length - STACKS_FEW, 'more stack'));
        box.append(more);
    }
    return box;
}

/* The innermost function of the program's own. */
function topOf(stack) {
    const own = stack.frames.find((number) => data.frames[number][0][0] === 'a');
    return text(data.frames[own === undefined ? stack.frames[0] : own]?.[1]);
}

/* Two ways to look at the same threads. */
function threads(group, view) {
    const body = el('div');
    const ways = {folded: () => threadsFolded(group.stacks), flame: () => flame(group.stacks)};
    const tabs = Object.keys(ways).map((way) => el('button', {type: 'button', onclick: () => show(way)},
                                                   way === 'folded' ? 'equal stacks' : 'flame graph'));
    function show(way) {
        history.replaceState(null, '', hashOf({...view, threads: way}));
        tabs.forEach((tab, at) => tab.setAttribute('aria-pressed', String(Object.keys(ways)[at] === way)));
        body.replaceChildren(ways[way]());
    }
    show(view.threads);
    return el(
        'section', null,
        el('div.line', null,
           el('h2', null, plural(group.threads, unitOf(group.stacks[group.stacks.length - 1])),
              el('small', null, ' in ' + plural(group.stacks.length, 'stack'))),
           el('div.choice', {role: 'group'}, tabs)),
        body,
        group.left > 0 &&
            el('p.note', null, plural(group.left, 'thread') + ' more in other stacks: crumple show --all'));
}

function meter(share, kind) {
    const bar = el('i.' + kind);
    bar.style.width = share * 100 + '%';
    return el('span.meter', null, bar);
}

function inCommon(group, view) {
    const found =
        group.shared.map(([key, value, here, there]) =>
                             ({key: text(key), value: text(value), share: here / 1000, other: there / 1000}));
    if (!found.length)
        return null;
    return el(
        'section', null, el('h2', null, 'In common'),
        el('p.note', null,
           'What nearly all events of this group have, and seldom those of other groups of the program.'),
        found.map(
            (one) =>
                el('button.shared', {
                    type: 'button',
                    title: 'filter by it',
                    onclick: () => go({...view, group: '', q: wordFor(one.key, one.value)})
                },
                   el('span.pair', null, el('span.key', null, one.key), ' ', el('b', null, one.value)),
                   el('span.share', null, meter(one.share, 'here'), percent(one.share, 1) + ' here'),
                   el('span.share', null, meter(one.other, 'there'), percent(one.other, 1) + ' elsewhere'))));
}

function spread(group, key, name) {
    const values = (valuesOf(group.events).find(([other]) => other === key) || [key, []])[1];
    const all = group.events.reduce((sum, event) => sum + event.count, 0);
    if (!values.length)
        return null;
    return el('section.facet', null, el('h2', null, name),
              el('ul', null, values.slice(0, 8).map(([value, count]) => {
                  const bar = el('i');
                  bar.style.width = count / values[0][1] * 100 + '%';
                  return el('li', null, el('span.name', null, value),
                            el('span.often', null, number(count) + ' · ' + percent(count, all)), bar);
              })),
              values.length > 8 && el('p.note', null, number(values.length - 8) + ' more'));
}

/* Tags that tell something: not those with another value for each event, or one value for all, which is in common. */
function tagSpreads(group) {
    const isTelling = ([key, values]) => !keys.includes(key) && values.length > 1 && values[0][1] > 1;
    return valuesOf(group.events).filter(isTelling).slice(0, TAGS_MAX).map(([
                                                                               key
                                                                           ]) => spread(group, key, key));
}

function commands(group) {
    const path = text(group.path), bundle = path || text(group.bundle);
    const latest = group.events.find((event) => event.id === text(group.bundle));
    const hasCore = latest && latest.event !== 'died' && latest.event !== 'logged';
    return el(
        'section.commands', null, el('h2', null, 'Go on'),
        bundle &&
            [
                command('crumple show ' + quoted(bundle), 'the whole report of the latest'),
                hasCore &&
                    [
                        command('crumple show --locals ' + quoted(bundle), 'with the values of variables'),
                        command('crumple show --gdb ' + quoted(bundle), 'in gdb')
                    ],
                command('crumple extract ' + quoted(bundle) + ' .', 'its files')
            ],
        command('crumple list --where group=' + data.groups[groups.indexOf(group)].id + ' ' +
                    data.sources.map((source) => quoted(text(source))).join(' '),
                'all events of the group'));
}

function eventTable(group) {
    const events = [...group.events].reverse(), body = el('tbody'),
          count = events.reduce((sum, event) => sum + event.count, 0);
    const more = el('button.quiet.rest', {type: 'button', onclick: () => grow()});
    function grow() {
        const from = body.children.length;
        body.append(
            ...events.slice(from, from + EVENTS_CHUNK)
                .map((event) => el(
                         'tr', null, el('td', null, stampOfSecond(event.time)),
                         el('td', null, event.count > 1 ? number(event.count) + ' × ' : '',
                            nameOf(event.outcome)),
                         el('td', null, event.host), el('td', null, el('code', null, event.label)),
                         el('td.tags', null,
                            event.tags
                                .filter((tag) => !LABELS.includes(text(data.tags[tag][0])) ||
                                                 text(data.tags[tag][1]) !== event.label)
                                .map((tag) => el('span.tag', null,
                                                 text(data.tags[tag][0]) + '=' + text(data.tags[tag][1])))),
                         el('td', null,
                            event.id ? el('code.id', null, event.id) : el('span.note', null, 'no bundle')))));
        more.textContent = number(events.length - body.children.length) + ' more';
        more.hidden = body.children.length === events.length;
    }
    grow();
    return el('section', null, el('h2', null, plural(count, 'event')),
              el('div.wide', null,
                 el('table', null,
                    el('thead', null,
                       el('tr', null,
                          ['Time (UTC)', 'Outcome', 'Host', 'Build', 'Tags', 'Bundle'].map(
                              (name) => el('th', {scope: 'col'}, name)))),
                    body)),
              more);
}

function facts(group) {
    const lines = (group.facts || []).map(([label, value]) => [text(label), text(value)]);
    return lines.length > 0 &&
           el('section', null, el('h2', null, 'The latest'),
              el('dl.facts', null,
                 lines.map(([label, value],
                            at) => [el('dt', null, at > 0 && lines[at - 1][0] === label ? '' : label),
                                    el('dd', null, value)])));
}

function groupHead(group, view) {
    const fresh = newIn(group), {kind, first} = group.parts, title = group.title || first;
    const isPart = view.q || view.from || view.to;
    return el('div.head-of-group', null,
              el('nav.line', null, el('a', {href: hashOf({...view, group: ''})}, '← all groups'),
                 isPart && el('span.note', null, 'all events of the group, without the filter'),
                 el('span.note', null, 'group ', el('code', null, group.id))),
              el('div.second', null, kind && el('span.kind', null, kind), el('span', null, group.exe),
                 fresh && el('span.badge', null, 'new in ' + fresh)),
              el('h1', null, title),
              group.cause > 0 && text(group.cause) !== title && el('p.cause', null, text(group.cause)),
              group.reason > 0 && !title.includes(text(group.reason)) &&
                  el('p.reason', null, text(group.reason)));
}

/* "in 1.9.0, 14 h ago" */
const seenIn = (event) => (event.label ? 'in ' + event.label + ', ' : '') + age(event.time);

function groupTotals(group, span) {
    const {all} = tally(group.events, span), survived = all.contained + all.rewound;
    return el('section.totals', {'aria-label': 'totals'},
              total(number(all.count), all.count === 1 ? 'event' : 'events'),
              total(percent(all.died, all.count), 'fatal', survived > 0 && number(survived) + ' survived'),
              total(moment(all.first), 'first seen', seenIn(group.events[0])),
              total(moment(all.last), 'last seen', seenIn(group.events.at(-1))),
              total(number(all.builds.size), all.builds.size === 1 ? 'build' : 'builds'),
              total(number(all.hosts.size), all.hosts.size === 1 ? 'host' : 'hosts'));
}

function groupView(group, view) {
    const span = spanOf(everything), stacks = group.stacks || [];
    const latest = group.events.find((event) => event.id === text(group.bundle));
    document.title = 'crumple: ' + (group.title || group.signature);
    return [
        groupHead(group, view), groupTotals(group, span),
        timeline(group.events, buildsOf(everything.filter((event) => event.exe === group.events[0].exe)),
                 span, 104, null),
        el('div.columns', null,
           el('div.main', null,
              stacks.length > 0
                  ? el('section', null,
                       el('h2', null, 'Stack',
                          el('small', null, ' of the latest, ', stackName(stacks[0], true))),
                       stackLines(stacks[0], group.parts.first, latest ? latest.time : 0))
                  : el('section', null, el('h2', null, 'Stack'),
                       el('p.note', null, 'There is no bundle of this group, or it could not be read.')),
              stacks.length > 1 && threads(group, view), eventTable(group), facts(group)),
           el('aside', null, inCommon(group, view), commands(group), spread(group, 'build', 'Builds'),
              spread(group, 'host', 'Hosts'), tagSpreads(group)))
    ];
}
