/* SPDX-License-Identifier: MIT */
#include "walk/place_words.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "readable_name.h"
#include "walk/frame_class.h"
#include "walk/function_names.h"
#include "walk/runtime_names.h"

static enum stack_kind kind_of(const struct place *place)
{
    char name[NAME_TITLE_BYTES];
    if (!place->module || place->unloaded || place->is_signal_frame)
        return STACK_APPLICATION;
    const char *module = module_basename(place->module);
    if (frame_class_of(module) == FRAME_CRUMPLE)
        return STACK_CRUMPLE;
    if (runtime_names_module(module))
        return STACK_RUNTIME;
    if (!place->function)
        return STACK_APPLICATION;
    function_names_normalise(place->function, place->function_size, name, sizeof name);
    return runtime_names_function(name) || (place->name && runtime_names_function(place->name))
               ? STACK_RUNTIME
               : STACK_APPLICATION;
}

int place_words_set(struct places *places)
{
    char name[NAME_LINE_BYTES];
    for (uint32_t i = 0; i < places->count; i++) {
        struct place *place = &places->items[i];
        if (place->printed)
            continue; /* its name is as people read it, and its kind is known */
        if (place->function && name_readable(place->function, place->function_size, name, sizeof name)) {
            place->name = strdup(name);
            (void)name_short(place->function, place->function_size, name, NAME_SHORT_BYTES);
            place->short_name = strdup(name);
            if (!place->name || !place->short_name)
                return -ENOMEM;
        }
        place->kind = kind_of(place);
    }
    return 0;
}
