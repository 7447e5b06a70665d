/* SPDX-License-Identifier: MIT */
/* Events over time: a bar for each step, a mark where a build is first seen, a span that can be dragged. */

const STEPS = [
    1 / 60, 1 / 12, 1 / 4, 1 / 2, 1,   2,    5,    10,       15,        30,
    60,     120,    180,   360,   720, 1440, 2880, 7 * 1440, 14 * 1440, 28 * 1440
].map((minutes) => minutes * MINUTE);

function stepFor(span, bars) {
    return STEPS.find((step) => (span.to - span.from) / step <= bars) ||
           Math.ceil((span.to - span.from) / bars / DAY) * DAY;
}

/* Steps begin at whole steps of the clock. */
function binsOf(events, span, step) {
    const first = Math.floor(span.from / step) * step, count = Math.floor((span.to - first) / step) + 1;
    const bins = Array.from({length: count}, (_, at) => ({from: first + at * step, dead: 0, alive: 0}));
    for (const event of events) {
        const bin = bins[Math.floor((event.time - first) / step)];
        if (bin)
            bin[event.outcome === 'died' ? 'dead' : 'alive'] += event.count;
    }
    return bins;
}

function barsOf(bins, x, width, top, height) {
    const highest = Math.max(...bins.map((bin) => bin.dead + bin.alive), 1);
    const parts = {dead: '', alive: ''}, gap = width > 4 ? 1 : 0;
    for (const bin of bins) {
        const all = bin.dead + bin.alive;
        const whole = all ? Math.max(2, all / highest * height) : 0;
        const dead = whole * bin.dead / (all || 1);
        const left = x(bin.from);
        if (dead)
            parts.dead += `M${left} ${top + height - dead}h${width - gap}v${dead}h${gap - width}z`;
        if (whole > dead)
            parts.alive += `M${left} ${top + height - whole}h${width - gap}v${whole - dead}h${gap - width}z`;
    }
    return {
        highest,
        paths: [svg('path', {class: 'dead', d: parts.dead}), svg('path', {class: 'alive', d: parts.alive})]
    };
}

/* About one label for 110 pixels, at whole steps. */
function axisOf(span, x, width, bottom) {
    const step = Math.max(MINUTE, stepFor(span, Math.max(2, width / 110))), labels = [];
    for (let time = Math.ceil(span.from / step) * step; time <= span.to; time += step) {
        const name = step >= DAY || time % DAY === 0 ? day(time) : clock(time), half = name.length * 3.4;
        if (x(time) > half && x(time) < width - half)
            labels.push(svg('text', {class: 'axis', x: x(time), y: bottom, 'text-anchor': 'middle'}, name));
    }
    return labels;
}

/* A label that would touch the one before it is left out; its line stays. */
function marksOf(builds, span, x, width, bottom) {
    let free = 0;
    return builds.filter((build) => build.time >= span.from && build.time <= span.to)
        .slice(-40)
        .flatMap((build) => {
            const left = Math.round(x(build.time)) + 0.5, room = build.label.length * 6.6 + 12;
            const marks = [svg('line', {class: 'mark', x1: left, x2: left, y1: 4, y2: bottom},
                               svg('title', null, 'first event of build ' + build.label))];
            if (left >= free && left + room < width) {
                marks.push(svg('text', {class: 'mark', x: left + 4, y: 12}, build.label));
                free = left + room;
            }
            return marks;
        });
}

/* Dragging chooses a span; a click chooses nothing. */
function dragging(drawing, timeAt, choose) {
    const shade = svg('rect', {class: 'shade', y: 0, height: '100%', width: 0});
    let from = null;
    drawing.append(shade);
    const at = (event) => event.clientX - drawing.getBoundingClientRect().left;
    drawing.addEventListener('pointerdown', (event) => {
        from = at(event);
        drawing.setPointerCapture(event.pointerId);
    });
    drawing.addEventListener('pointermove', (event) => {
        if (from === null)
            return;
        shade.setAttribute('x', Math.min(from, at(event)));
        shade.setAttribute('width', Math.abs(at(event) - from));
    });
    drawing.addEventListener('pointerup', (event) => {
        const to = at(event), begin = from;
        from = null;
        shade.setAttribute('width', 0);
        if (begin !== null && Math.abs(to - begin) > 6)
            choose(Math.round(timeAt(Math.min(begin, to))), Math.round(timeAt(Math.max(begin, to))));
    });
}

const lengthOf = (step) => step < MINUTE ? step / 1000 + ' s'
                           : step < HOUR ? step / MINUTE + ' min'
                           : step < DAY  ? step / HOUR + ' h'
                                         : plural(step / DAY, 'day');

/* What the pointer is at, in words. */
function reading(bin, step) {
    const to = bin.from + step, all = bin.dead + bin.alive;
    const when = step >= DAY ? day(bin.from) + (step > DAY ? ' – ' + day(to - 1) : '')
                             : moment(bin.from) + ' – ' + clock(to);
    return when + ': ' + plural(all, 'event') + (bin.alive ? `, ${number(bin.alive)} survived` : '');
}

function drawTimeline(box, width, events, builds, span, height, choose, say) {
    const top = 18, bottom = height - 18;
    const step = stepFor(span, width / 7);
    const bins = binsOf(events, span, step);
    const begin = bins[0].from;
    const end = begin + bins.length * step;
    const x = (time) => (time - begin) / (end - begin) * width;
    const timeAt = (left) => begin + left / width * (end - begin);
    const bars = barsOf(bins, x, width / bins.length, top, bottom - top);
    const drawing = svg('svg', {
        class: 'timeline',
        width,
        height,
        viewBox: `0 0 ${width} ${height}`,
        role: 'img',
        'aria-label': plural(events.length, 'event') + ' over time'
    },
                        svg('line', {class: 'base', x1: 0, x2: width, y1: bottom + 0.5, y2: bottom + 0.5}),
                        ...bars.paths, ...axisOf({from: begin, to: end}, x, width, height - 4),
                        ...marksOf(builds, span, x, width, bottom));
    drawing.addEventListener('pointermove', (event) => {
        const bin =
            bins[Math.floor((event.clientX - drawing.getBoundingClientRect().left) / width * bins.length)];
        say(bin ? reading(bin, step) : '');
    });
    drawing.addEventListener('pointerleave', () => say(''));
    if (choose)
        dragging(drawing, timeAt, choose);
    box.replaceChildren(drawing);
    return `a bar is ${lengthOf(step)}, the highest ${plural(bars.highest, 'event')}`;
}

/* A section that is drawn when it stands in the document, and again when its width changes. */
function timeline(events, builds, span, height, choose) {
    const box = el('div.chart'), words = el('span.reading');
    let drawn = 0, scale = '';
    const say = (what) => {
        words.textContent =
            what || exact(span.from).slice(0, 16) + ' – ' + exact(span.to).slice(0, 16) + ' UTC; ' + scale;
    };
    const legend = el('span.legend', null, el('i.died'), 'fatal', el('i.contained'), 'survived',
                      builds.length > 0 && [el('i.mark'), 'first event of a build']);
    box.style.minHeight = height + 'px';
    box.redraw = (width = Math.max(200, box.clientWidth)) => {
        if (width === drawn)
            return;
        drawn = width;
        scale = drawTimeline(box, width, events, builds, span, height, choose, say);
        say('');
    };
    new ResizeObserver(() => requestAnimationFrame(() => box.redraw())).observe(box);
    return el('section.over-time', {'aria-label': 'events over time'}, el('div.line', null, words, legend),
              box);
}
