// SPDX-License-Identifier: MIT
// Package runtime is what the server and a module know of each other.
package runtime

// Message is what a client has sent to its match.
type Message struct {
	UserID, Word string
}

// Match is one match of a module. An error ends this match; a panic ends the server.
type Match interface {
	MatchLoop(tick int64, messages []Message) error
}

// Module is what a plugin exports as InitModule.
type Module func(matchID string) Match
