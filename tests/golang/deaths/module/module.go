// SPDX-License-Identifier: MIT
// A plugin: its package has another path after each build.
package main

type match struct{ state *struct{ score int } }

func (m *match) loop() int { return m.state.score }

func Loop() {
	func() { (&match{}).loop() }()
}
