// SPDX-License-Identifier: MIT
package main

import (
	"encoding/json"
	"os"
	"strings"
	"time"
)

// say writes a line as Nakama's logger does: JSON on stdout, one write a line. Pairs are names and values.
func say(level, message string, pairs ...interface{}) {
	var line strings.Builder
	field := func(name string, value interface{}) {
		text, _ := json.Marshal(value)
		line.WriteString(`,"` + name + `":` + string(text))
	}
	field("level", level)
	field("ts", time.Now().UTC().Format("2006-01-02T15:04:05.000Z"))
	field("caller", "server/match.go:1")
	field("msg", message)
	for i := 0; i+1 < len(pairs); i += 2 {
		field(pairs[i].(string), pairs[i+1])
	}
	os.Stdout.WriteString("{" + line.String()[1:] + "}\n")
}
