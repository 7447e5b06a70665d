// SPDX-License-Identifier: MIT
//go:build !cgo

package main

import (
	"example.com/arena"
	"example.com/nakama-common/runtime"
)

func loadModule(string) (runtime.Module, error) {
	return arena.InitModule, nil
}
