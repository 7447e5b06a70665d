// SPDX-License-Identifier: MIT
package main

import (
	"fmt"
	"sync"
	"time"

	"example.com/nakama-common/runtime"
)

const (
	ticksPerSecond = 20
	ticksPerLine   = 4
)

// handler owns one match: a goroutine, a ticker, a queue; nothing stands between it and the module.
type handler struct {
	id    string
	match runtime.Match
	queue chan runtime.Message
}

// The end of the server waits for its matches.
var (
	stop    = make(chan struct{})
	running sync.WaitGroup
)

func matchID(number int) string {
	return fmt.Sprintf("%08d-0000-4000-8000-000000000000", number)
}

func newHandler(number int, module runtime.Module) *handler {
	h := &handler{id: matchID(number), queue: make(chan runtime.Message, 1024)}
	h.match = module(h.id)
	running.Add(1)
	go h.run()
	say("info", "Match started", "mid", h.id)
	return h
}

func (h *handler) run() {
	ticker := time.NewTicker(time.Second / ticksPerSecond)
	defer ticker.Stop()
	defer running.Done()
	for tick := int64(0); ; tick++ {
		select {
		case <-stop:
			return
		case <-ticker.C:
		}
		var messages []runtime.Message
		for len(h.queue) > 0 {
			messages = append(messages, <-h.queue)
		}
		if tick%ticksPerLine == 0 {
			say("debug", "Match state", "mid", h.id, "tick", tick)
		}
		if err := h.match.MatchLoop(tick, messages); err != nil {
			say("warn", "Stopping match after error from match_loop execution", "mid", h.id, "tick", tick, "error", err.Error())
			return
		}
	}
}
