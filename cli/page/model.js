/* SPDX-License-Identifier: MIT */
/* The data of the page, and what is counted of it. Nothing here touches the document. */

const begun = performance.now();
const data = JSON.parse(document.getElementById('data').textContent);
const text = (number) => data.strings[number || 0] || '';
const DEAD = new Set(['crash', 'exit', 'died']);
const LABELS = ['version', 'build']; /* tags that name a build, the better one first */
const CELLS = 24;                    /* of a sparkline */
const keys = ['exe', 'event', 'signal', 'host', 'build'];
const ROW_KEYS = new Set([...keys, 'group', 'signature', 'function']); /* a tag of such a name is tag:NAME */

/* What became of the process. */
function outcomeOf(event) {
    return DEAD.has(event) ? 'died' : event === 'contained' || event === 'rewound' ? event : 'other';
}

/* What people call a build: its tag, else the beginning of its build-id. */
function labelOf(event) {
    for (const name of LABELS)
        for (const tag of event.tags)
            if (text(data.tags[tag][0]) === name && text(data.tags[tag][1]))
                return text(data.tags[tag][1]);
    return event.build.slice(0, 8);
}

function eventOf(line, group) {
    const event = {
        group,
        time: line[0],
        count: line[1],
        event: text(line[2]),
        exe: text(line[3]),
        host: text(line[4]),
        build: text(line[5]),
        signal: text(line[6]),
        id: text(line[7]),
        pid: line[8],
        tags: line.slice(9),
    };
    event.outcome = outcomeOf(event.event);
    event.label = labelOf(event);
    return event;
}

/* "SIGSEGV | parse | handle": a kind, and functions from the innermost on. */
function partsOf(signature) {
    const parts = signature.split(' | ');
    return parts.length > 1 ? {kind: parts[0], first: parts[1], rest: parts.slice(2)}
                            : {kind: '', first: signature, rest: []};
}

const groups = data.groups.map((from) => {
    const group = {...from, signature: text(from.signature), exe: text(from.exe), title: text(from.title)};
    group.parts = group.titled ? {kind: '', first: group.signature, rest: []} : partsOf(group.signature);
    group.signal = text(from.signal);
    group.words = (group.signature + ' ' + group.title + ' ' + group.id).toLowerCase();
    group.events = from.events.map((line) => eventOf(line, group));
    return group;
});
const byId = new Map();
for (const group of groups) { /* two of thousands may have one id */
    while (byId.has(group.id))
        group.id += '+';
    byId.set(group.id, group);
}
/* By the number of a frame: the text of the source around its line. */
const texts = new Map(data.texts.map(
    ([frame, place, line, first, modified, built,
      ...lines]) => [frame, {place, line, first, modified: modified * 1000, built: built * 1000, lines}]));
const everything = groups.flatMap((group) => group.events).sort((a, b) => a.time - b.time);

/* The builds that came later than another one of their program, with the time of their first event. */
function buildsOf(events) {
    const builds = new Map(), programs = new Set();
    for (const event of events) {
        if (event.label && !builds.has(event.label))
            builds.set(event.label, {label: event.label, time: event.time, isLater: programs.has(event.exe)});
        programs.add(event.exe);
    }
    return [...builds.values()].filter((build) => build.isLater);
}

/* For each program its newest build, where it has several. */
const newest = (() => {
    const found = new Map();
    for (const event of everything) {
        const key = event.exe + '\n' + event.label;
        if (event.label && !found.has(key))
            found.set(key, event);
    }
    const last = new Map(), several = new Set();
    for (const event of found.values()) {
        if (last.has(event.exe))
            several.add(event.exe);
        last.set(event.exe, event.label);
    }
    return new Map([...last].filter(([exe]) => several.has(exe)));
})();

/* As fnmatch(3) reads it: * ? [a-z] [!a-z] and \ before a character that stands for itself. */
function globOf(pattern) {
    const quote = (letters) => letters.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
    const source = pattern.replace(/\\([^])|\[([!^]?)(\]?[^\]]*)\]|[^]/g, (part, plain, not, set) => {
        if (set)
            return (not ? '[^' : '[') + quote(set) + ']';
        return part === '*' ? '.*' : part === '?' ? '.' : quote(plain || part);
    });
    try {
        return new RegExp('^' + source + '$', 's');
    } catch { /* [z-a] */
        return /(?!)/;
    }
}

/* A condition on events. build= takes a build-id, its beginning, and the tags that name a build, as the commands do. */
function conditionOf(key, pattern) {
    const glob = globOf(pattern), holds = (value) => value !== '' && glob.test(value);
    const isTagged = (names, test) => {
        const wanted = new Set();
        data.tags.forEach((pair, number) => {
            if (names.includes(text(pair[0])) && test(text(pair[1])))
                wanted.add(number);
        });
        return (event) => event.tags.some((tag) => wanted.has(tag));
    };
    if (key === 'build') {
        const isLabelled = isTagged(LABELS, holds);
        return (event) => isLabelled(event) || holds(event.build) ||
                          (pattern.length >= 4 && event.build.startsWith(pattern));
    }
    if (key === 'group')
        return (event) => holds(event.group.id);
    if (key === 'signature')
        return (event) => !event.group.titled && holds(event.group.signature);
    if (key === 'function')
        return (event) => !event.group.titled && event.group.signature.split(' | ').slice(1).some(holds);
    if (keys.includes(key))
        return (event) => holds(event[key]);
    return isTagged([key.replace(/^tag:/, '')], (value) => glob.test(value));
}

/* The words of the filter: KEY=GLOB, KEY!=GLOB, or a part of a signature. Quotes keep blanks together. */
function wordsOf(query) {
    return [...query.matchAll(/(?:[^\s"]|"[^"]*"?)+/g)].map((match) => {
        const pair = /^("[^"]+"|[^\s=!"]+)(!?=)(.*)$/s.exec(match[0]),
              plain = (word) => word.replace(/"/g, '');
        return pair ? {key: plain(pair[1]), not: pair[2] === '!=', value: plain(pair[3]), source: match[0]}
                    : {value: plain(match[0]), source: match[0]};
    });
}

function wordFor(key, value) {
    value = value.replace(/[*?[\\]/g, '\\$&');
    return (/[\s=!]/.test(key) ? '"' + key + '"' : key) + '=' +
           (value === '' || /[\s"]/.test(value) ? '"' + value.replace(/"/g, '?') + '"' : value);
}

/* Events that the view wants: query, and a span of time. */
function eventsOf(view) {
    const tests = wordsOf(view.q).filter((word) => word.value || word.source.endsWith('""')).map((word) => {
        if (!word.key)
            return (event) => event.group.words.includes(word.value.toLowerCase());
        const holds = conditionOf(word.key, word.value);
        return word.not ? (event) => !holds(event) : holds;
    });
    return everything.filter((event) => (!view.from || event.time >= view.from) &&
                                        (!view.to || event.time <= view.to) &&
                                        tests.every((test) => test(event)));
}

function spanOf(events) {
    const first = events.length ? events[0].time : Date.parse(data.made);
    const last = events.length ? events[events.length - 1].time : first;
    return {from: first, to: Math.max(last, first + 60000)};
}

function newTally(group) {
    return {
        group,
        count: 0,
        died: 0,
        contained: 0,
        rewound: 0,
        other: 0,
        first: Infinity,
        last: 0,
        builds: new Set(),
        hosts: new Set(),
        trend: new Uint32Array(CELLS),
        growth: 0
    };
}

function addTo(tally, event, span) {
    const part = (event.time - span.from) / (span.to - span.from);
    tally.count += event.count;
    tally[event.outcome] += event.count;
    tally.first = Math.min(tally.first, event.time);
    tally.last = Math.max(tally.last, event.time);
    tally.trend[Math.max(0, Math.min(CELLS - 1, Math.floor(part * CELLS)))] += event.count;
    tally.growth += part >= 0.5 ? event.count : -event.count;
    if (event.label)
        tally.builds.add(event.label);
    if (event.host)
        tally.hosts.add(event.host);
}

/* One tally for each group that has events, and one of them all. */
function tally(events, span) {
    const tallies = new Map(), all = newTally(null);
    for (const event of events) {
        if (!tallies.has(event.group))
            tallies.set(event.group, newTally(event.group));
        addTo(tallies.get(event.group), event, span);
        addTo(all, event, span);
    }
    return {all, tallies: [...tallies.values()]};
}

const orders = {
    count: (a, b) => b.count - a.count || b.last - a.last,
    recent: (a, b) => b.last - a.last,
    growth: (a, b) => b.growth - a.growth || b.count - a.count,
    first: (a, b) => b.first - a.first,
};

/* The build that a group is new in: the newest of its program, and no other that is known has the group. */
function newIn(group) {
    const label = newest.get(group.events[0].exe), labels = new Set(group.events.map((event) => event.label));
    labels.delete('');
    return label && labels.size === 1 && labels.has(label) ? label : '';
}

/* How often each value of each key occurs: [key, [[value, count], ...]], the most frequent first. */
function valuesOf(events) {
    const counts = new Map(keys.map((key) => [key, new Map()]));
    const add = (key, value, count) => {
        if (!counts.has(key))
            counts.set(key, new Map());
        counts.get(key).set(value, (counts.get(key).get(value) || 0) + count);
    };
    const perTag = new Uint32Array(data.tags.length);
    for (const event of events) {
        for (const key of keys)
            if (key === 'build' ? event.label : event[key])
                add(key, key === 'build' ? event.label : event[key], event.count);
        for (const tag of event.tags)
            perTag[tag] += event.count;
    }
    perTag.forEach((count, tag) => {
        const name = text(data.tags[tag][0]), value = text(data.tags[tag][1]);
        if (count && value && !LABELS.includes(name))
            add(ROW_KEYS.has(name) ? 'tag:' + name : name, value, count);
    });
    return [...counts].map(([key, values]) => [key, [...values].sort((a, b) => b[1] - a[1])]);
}
