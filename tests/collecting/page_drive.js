/* SPDX-License-Identifier: MIT */
/* Uses the page as a reader does, and writes what came of it into the document: 'WHAT: RESULT', a line each. It stands in a copy of
 * the page without the policy. */
(async () => {
    const lines = [], say = (what, result) => lines.push(what + ': ' + result);
    const wait = (ms) => new Promise((done) => setTimeout(done, ms));
    const key = async (name) => {
        const event = new KeyboardEvent('keydown', {key: name, bubbles: true, cancelable: true});
        (document.activeElement || document.body).dispatchEvent(event);
        await wait(60);
    };
    const find = (selector) => document.querySelector(selector),
          all = (selector) => [...document.querySelectorAll(selector)];
    const where = () =>
        find('#rows') ? 'groups ' + find('.total b').textContent : 'group ' + find('nav code').textContent;
    const click = async (selector, words) => {
        all(selector).find((one) => !words || one.textContent.includes(words)).click();
        await wait(60);
    };
    const type = async (words) => {
        find('#filter').value = words;
        find('#filter').dispatchEvent(new Event('input'));
        await wait(260);
    };
    const drawn = () => document.documentElement.dataset.drawn;
    await wait(60);
    say('read ms', document.documentElement.dataset.read);
    say('first view ms', drawn());
    say('begin', where());
    say('rows', all('#rows > li').length);
    await key('j');
    say('chosen', find('.chosen').dataset.place);
    await key('Enter');
    say('entered', where() === 'group ' + byId.get(location.hash.slice(2).split('?')[0]).id);
    say('group ms', drawn());
    await key('k');
    say('before', where());
    const seen = where().slice('group '.length);
    say('stack', all('.main .stack .frame b').length > 0);
    await click('button', 'flame graph');
    say('flame', all('.flame-bar').length > 1 && location.hash.includes('threads=flame'));
    all('.flame-bar').at(-1).click();
    say('zoomed',
        all('.flame-bar').length > 1 && !find('.flame').previousSibling.querySelector('button').hidden);
    await key('Escape');
    say('back', where());
    say('chosen again', find('.chosen').dataset.group === seen);
    await key('/');
    say('focus', document.activeElement.id);
    await type('zzzz');
    say('nothing', Boolean(find('.nothing')));
    await type('signal=SIGSEGV');
    say('filtered', where());
    say('filter ms', drawn());
    say('chips', all('.chip').length);
    say('still typing', document.activeElement.id === 'filter' && location.hash.includes('signal'));
    await key('Escape');
    await key('Escape');
    say('cleared', where());
    await click('.facet li button');
    say('facet', all('.chip').length);
    await click('.chip');
    say('without', where());
    find('select').value = 'recent';
    find('select').dispatchEvent(new Event('change'));
    await wait(60);
    say('sorted', location.hash.includes('sort=recent'));
    await key('?');
    say('help', !find('#over').hidden && all('#over kbd').length);
    await key('Escape');
    say('help gone', find('#over').hidden);
    const before = getComputedStyle(document.body).backgroundColor;
    await key('t');
    say('theme', getComputedStyle(document.body).backgroundColor !== before);
    const box = find('.timeline').getBoundingClientRect(),
          at = (part) =>
              ({clientX: box.left + box.width * part, clientY: box.top + 40, pointerId: 1, bubbles: true});
    find('.timeline').setPointerCapture = () => {};
    find('.timeline').dispatchEvent(new PointerEvent('pointerdown', at(0.4)));
    find('.timeline').dispatchEvent(new PointerEvent('pointermove', at(0.8)));
    say('reading', /event/.test(find('.reading').textContent));
    find('.timeline').dispatchEvent(new PointerEvent('pointerup', at(0.8)));
    await wait(60);
    say('span', location.hash.includes('from=') && location.hash.includes('to='));
    history.back();
    await wait(120);
    say('history', !location.hash.includes('from='));
    dispatchEvent(new Event('beforeprint'));
    say('printed rows', all('#rows > li').length);
    say('printed width', find('.timeline').getAttribute('width'));
    dispatchEvent(new Event('afterprint'));
    say('shown width', Number(find('.timeline').getAttribute('width')) === find('.chart').clientWidth);
    const globs = [
        ['web[12]*', 'web1', 'web3'], ['web[!12]', 'web3', 'web1'], ['[]]', ']', '['],
        ['a\\*b', 'a*b', 'axb'], ['web[', 'web[', 'web'], ['a.b', 'a.b', 'axb'],
        ['f(int*)', 'f(int, char)', 'f']
    ];
    say('globs', globs.every(([glob, yes, no]) => globOf(glob).test(yes) && !globOf(glob).test(no)) &&
                     !globOf('[z-a]').test('z'));
    say('words', ['a b', 'a*b?[c]\\', 'q"x'].every(
                     (value) => globOf(wordsOf(wordFor('k', value))[0].value).test(value)));
    say('key', wordsOf(wordFor('a b', 'c d'))[0].key === 'a b' && wordsOf('rpc!="x y"')[0].not);
    const list = document.createElement('pre');
    list.id = 'driven';
    list.textContent = '\n' + lines.join('\n') + '\n';
    document.body.append(list);
})();
