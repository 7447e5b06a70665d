/* SPDX-License-Identifier: MIT */
/* Elements, and words for numbers and times. Texts become text nodes, whatever is in them. */

const SVG = 'http://www.w3.org/2000/svg';

/* el('a.name', {href: ...}, 'text', child): an element with its classes, attributes and children, which are texts
 * and nodes: what else a condition leaves behind is no child. */
function make(element, attributes, children) {
    for (const [name, value] of Object.entries(attributes || {})) {
        if (name.startsWith('on'))
            element.addEventListener(name.slice(2), value);
        else if (value === true)
            element.setAttribute(name, '');
        else if (value !== false && value !== null && value !== undefined)
            element.setAttribute(name, value);
    }
    element.append(...children.flat(Infinity).filter((child) => child instanceof Node ||
                                                                (typeof child === 'string' && child)));
    return element;
}

function el(name, attributes, ...children) {
    const [tag, ...classes] = name.split('.'), element = document.createElement(tag);
    if (classes.length)
        element.className = classes.join(' ');
    return make(element, attributes, children);
}

function svg(name, attributes, ...children) {
    return make(document.createElementNS(SVG, name), attributes, children);
}

const number = (value) => value.toLocaleString('en');
const plural = (count, word) => number(count) + ' ' + word + (count === 1 ? '' : 's');
const percent = (part, whole) => whole === 0                      ? '0 %'
                                 : part > 0 && part * 100 < whole ? '< 1 %'
                                 : part < whole && part * 100 > whole * 99
                                     ? '> 99 %'
                                     : Math.round(part * 100 / whole) + ' %';

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const two = (value) => String(value).padStart(2, '0');
const MINUTE = 60000, HOUR = 60 * MINUTE, DAY = 24 * HOUR;

/* All times are UTC: machines of several zones are on one page. The year is that of the page if there is none. */
function day(time) {
    const date = new Date(time), year = date.getUTCFullYear();
    return (year === new Date(data.made).getUTCFullYear() ? '' : year + ' ') + MONTHS[date.getUTCMonth()] +
           ' ' + date.getUTCDate();
}

function clock(time) {
    const date = new Date(time);
    return two(date.getUTCHours()) + ':' + two(date.getUTCMinutes());
}

const moment = (time) => day(time) + ' ' + clock(time);
const exact = (time) => new Date(time).toISOString().replace('T', ' ').replace('Z', ' UTC');

/* "3 d ago": how long before the page was made. */
function age(time) {
    const past = Math.max(0, Date.parse(data.made) - time);
    if (time > Date.parse(data.made) + 2 * MINUTE)
        return 'yet to come';
    if (past < HOUR)
        return Math.floor(past / MINUTE) + ' min ago';
    return past < 2 * DAY ? Math.floor(past / HOUR) + ' h ago' : Math.floor(past / DAY) + ' d ago';
}

const stamp = (time, more = '') =>
    el('time', {datetime: new Date(time).toISOString(), title: exact(time)}, moment(time) + more);
const stampOfSecond = (time) => stamp(time, ':' + two(new Date(time).getUTCSeconds()));

/* Bars of one colour; the highest is as high as the drawing. */
function sparkline(trend) {
    const highest = Math.max(...trend, 1), step = 4, height = 24;
    let path = '';
    trend.forEach((count, cell) => {
        const bar = count ? Math.max(2, Math.round(count / highest * height)) : 1;
        path += `M${cell * step} ${height - bar}h3v${bar}h-3z`;
    });
    return svg('svg', {
        class: 'spark',
        viewBox: `0 0 ${trend.length * step - 1} ${height}`,
        role: 'img',
        'aria-label': 'events over time',
        preserveAspectRatio: 'none'
    },
               svg('path', {d: path}));
}

/* The shares of events that ended the process, and of those that it outlived. */
function outcomes(tally, words) {
    const kinds = ['died', 'contained', 'rewound', 'other'].filter((kind) => tally[kind] > 0);
    const bar =
        el('div.bar', {title: kinds.map((kind) => number(tally[kind]) + ' ' + nameOf(kind)).join(', ')});
    for (const kind of kinds) {
        const part = el('i.' + kind);
        part.style.flexGrow = tally[kind];
        bar.append(part);
    }
    return el('div.outcomes', null, bar, words && el('span', null, words));
}

const nameOf = (outcome) => ({died: 'fatal', other: 'no fault'})[outcome] || outcome;

/* "98 % fatal" */
function outcomeWords(tally) {
    const kind = ['died', 'contained', 'rewound', 'other'].sort((a, b) => tally[b] - tally[a])[0];
    return (tally[kind] === tally.count ? '' : percent(tally[kind], tally.count) + ' ') + nameOf(kind);
}

/* Where the page may not use the clipboard, the text is selected. */
async function copy(from, button) {
    try {
        await navigator.clipboard.writeText(from.textContent);
    } catch {
        getSelection().selectAllChildren(from);
        document.execCommand('copy');
    }
    button.textContent = 'copied';
    setTimeout(() => { button.textContent = 'copy'; }, 1500);
}

function command(words, meaning) {
    const code = el('code', null, words), button = el('button.quiet', {type: 'button'}, 'copy');
    button.addEventListener('click', () => copy(code, button));
    return el('div.command', null, el('p', null, meaning), el('div', null, code, button));
}

/* A word of a shell. */
const quoted = (word) => /^[\w@%+=:,./-]+$/.test(word) ? word : '\'' + word.replace(/'/g, '\'\\\'\'') + '\'';
