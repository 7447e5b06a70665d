/* SPDX-License-Identifier: MIT */
/* Safe file: runs in the constructor. See hold/variable.h. */
#include "hold/variable.h"

#include "crumple_hold.h"
#include "base/text.h"

void safe_hold_parse(const char *text, struct config_hold *ret)
{
    struct config_hold hold = {0};
    for (; *text >= '0' && *text <= '9' && hold.run_pid < INT32_MAX / 10; text++)
        hold.run_pid = hold.run_pid * 10 + (*text - '0');
    if (hold.run_pid <= 0 || *text++ != ' ')
        return;
    for (; *text && *text != ' '; text++) {
        hold.makes_helper |= *text == CRUMPLE_HOLD_FLAG_HOLD;
        hold.takes |= *text == CRUMPLE_HOLD_FLAG_TAKE;
        hold.has_peers |= *text == CRUMPLE_HOLD_FLAG_PEERS;
    }
    if (*text++ != ' ' || !*text || safe_strlen(text) >= sizeof hold.name)
        return;
    safe_text_copy(hold.name, sizeof hold.name, text);
    *ret = hold;
}
