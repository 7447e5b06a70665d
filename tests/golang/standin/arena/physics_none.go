// SPDX-License-Identifier: MIT
//go:build !cgo

package main

func physicsStep(bool) {}
