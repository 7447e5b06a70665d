// SPDX-License-Identifier: MIT
//go:build cgo

package main

import (
	"plugin"

	"example.com/nakama-common/runtime"
)

func loadModule(path string) (runtime.Module, error) {
	module, err := plugin.Open(path)
	if err != nil {
		return nil, err
	}
	init, err := module.Lookup("InitModule")
	if err != nil {
		return nil, err
	}
	return init.(func(string) runtime.Match), nil
}
