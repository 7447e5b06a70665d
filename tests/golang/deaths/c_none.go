// SPDX-License-Identifier: MIT
//go:build !cgo

package main

func cWrite()  {}
func cAbort()  {}
func cBack()   {}
func cThread() {}
func cLog()    {}
