# SPDX-License-Identifier: MIT
# Man pages and completions, from the tables that the programs read their command lines by.

M         := $(B)/man
PAGES     := $(addprefix $(M)/,man1/crumple.1 man1/crumple-run.1 man1/crumple-drill.1 man5/crumple-bundle.5 man7/crumple.7)
COMPLETIONS := $(addprefix $(B)/completion/crumple.,bash zsh fish)
MAN_FLAGS := $(BASE) -Iman -Icli -Irun -Idrill

man: $(PAGES) $(COMPLETIONS)

# Each program's own objects without its main.
$(M)/print_crumple: man/print_crumple.c man/rows.c $(filter-out %/cli/main.o,$(CLI_OBJS)) $(TYPED_OBJS) $(SCRUB_OBJS) $(RETAIN_OBJS) $(READABLE_OBJS) $(SANDBOX_OBJS) $(PROGRAM_OBJS) $(SETTINGS_OBJS) $(SHARE_OBJS)
$(M)/print_drill: man/print_drill.c man/rows.c $(filter-out %/drill/main.o,$(DRILL_OBJS)) $(DRILL_PARTS)
$(M)/print_crumple $(M)/print_drill: man/rows.h
	@mkdir -p $(@D)
	$(CC) $(MAN_FLAGS) -MF $@.d -static-pie -fPIE -o $@ $(filter %.c %.o %.a,$^) $(CLI_LIBS)
$(M)/print_run: man/print_run.c run/options/table.c
	@mkdir -p $(@D)
	$(CC) $(MAN_FLAGS) -MF $@.d -o $@ $^

$(M)/tables: $(M)/print_crumple $(M)/print_run $(M)/print_drill
	for program in $^; do $$program || exit; done >$@.tmp
	mv $@.tmp $@

$(M)/document: man/from_markdown.awk docs/bundle-format.md
	@mkdir -p $(@D)
	LC_ALL=C awk -f $^ >$@.tmp
	mv $@.tmp $@

define MAN_RULE
$(M)/man$(1)/%.$(1): man/%.$(1).in man/make_page.awk $(M)/tables CHANGELOG.md $(M)/document
	@mkdir -p $$(@D)
	LC_ALL=C awk -f man/make_page.awk $(M)/tables CHANGELOG.md $(M)/document $$< >$$@.tmp
	mv $$@.tmp $$@
endef
$(foreach section,1 5 7,$(eval $(call MAN_RULE,$(section))))

$(COMPLETIONS): $(B)/completion/crumple.%: completion/values.awk completion/%.awk $(M)/tables completion/crumple.%.in
	@mkdir -p $(@D)
	LC_ALL=C awk -f completion/values.awk -f completion/$*.awk $(M)/tables completion/crumple.$*.in >$@.tmp
	mv $@.tmp $@

-include $(wildcard $(M)/*.d)

.PHONY: man
