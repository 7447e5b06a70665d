// SPDX-License-Identifier: MIT
// A match module: what a game developer writes, and its bugs. It is a plugin, or (package arena) linked into the server.
package main

import (
	"errors"
	"log"
	"os"
	"sync"
	"time"

	"example.com/nakama-common/runtime"
)

type player struct {
	x, y  int
	score int
}

// Match is the state of one match.
type Match struct {
	id      string
	players map[string]*player
	market  sync.Mutex
}

// Of all matches: the bug is that nothing guards it.
var scores = map[int]int{}

// InitModule makes a match.
func InitModule(matchID string) runtime.Match {
	return &Match{id: matchID, players: map[string]*player{}}
}

// MatchLoop is called for each tick, by the match's own goroutine.
func (m *Match) MatchLoop(tick int64, messages []runtime.Message) error {
	for _, message := range messages {
		if err := m.handle(message); err != nil {
			return err
		}
	}
	return nil
}

func (m *Match) handle(message runtime.Message) error {
	switch message.Word {
	case "join":
		m.players[message.UserID] = &player{}
	case "move":
		m.players[message.UserID].x++
	case "nil":
		m.reward("nobody")
	case "maps":
		m.count()
	case "c-null":
		physicsStep(false)
	case "c-abort":
		physicsStep(true)
	case "fatal":
		log.Fatalf("the price list of match %s is empty", m.id)
	case "exit":
		os.Exit(3)
	case "hang":
		m.market.Lock()
		m.trade()
	case "error":
		return errors.New("the deck is empty")
	}
	return nil
}

//go:noinline
func (m *Match) reward(winner string) {
	m.players[winner].score += 100
}

//go:noinline
func (m *Match) trade() {
	m.market.Lock()
	defer m.market.Unlock()
}

func (m *Match) count() {
	for i := 0; i < 4; i++ {
		go addUp()
	}
	time.Sleep(time.Hour)
}

func addUp() {
	for {
		scores[1] = 1
	}
}
