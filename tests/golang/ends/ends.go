// SPDX-License-Identifier: MIT
// A Go program that ends, or lives on, in the way that its first argument names.
package main

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"time"
)

var table = map[int]int{}

func wait(ready *sync.WaitGroup, forever chan int) {
	ready.Done()
	<-forever
}

// Deep waits as a goroutine of a server does, some calls deep.
func deep(depth int, ready *sync.WaitGroup, forever chan int) {
	if depth > 0 {
		deep(depth-1, ready, forever)
	}
	wait(ready, forever)
}

// Others starts goroutines that wait.
func others(count int) {
	var ready sync.WaitGroup
	ready.Add(count)
	forever := make(chan int)
	for i := 0; i < count; i++ {
		go deep(6, &ready, forever)
	}
	ready.Wait()
	time.Sleep(10 * time.Millisecond) // they are to wait, too
}

func explode(depth int) int {
	if depth < 0 {
		return 0
	}
	return explode(depth+1) + explode(depth+2)
}

func write(pointer *int) {
	*pointer = 1
}

type angry struct{}

func (angry) Error() string { panic("no words") }

func recovered(report func(any)) {
	defer func() { report(recover()) }()
	write(nil)
}

func stacks() string {
	text := make([]byte, 1<<20)
	return string(text[:runtime.Stack(text, true)])
}

// Lives prints a line each 10 ms for so long.
func lives(time_ms int) {
	for i := 0; i < time_ms/10; i++ {
		fmt.Fprintf(os.Stderr, "line %d\n", i)
		time.Sleep(10 * time.Millisecond)
	}
}

func serve() {
	quiet := make(chan int)
	http.HandleFunc("/", func(http.ResponseWriter, *http.Request) { write(nil) })
	listener, _ := net.Listen("tcp", "127.0.0.1:0")
	go http.Serve(listener, nil)
	_, err := http.Get("http://" + listener.Addr().String() + "/")
	fmt.Println("answer:", err != nil)
	select {
	case <-quiet:
	case <-time.After(20 * time.Millisecond):
	}
}

// Talk writes lines while the others do.
func talk() {
	for i := 0; ; i++ {
		os.Stderr.WriteString("talk " + strconv.Itoa(i) + " of a goroutine that goes on\n")
		time.Sleep(10 * time.Microsecond)
	}
}

// For a second and more, what the runtime prints of a panic, in writes of so many bytes, from a process that lives.
func fake(size int) {
	one := "\ngoroutine 7 [select]:\nmain.wait(0x1, 0x2, 0x3, 0x4)\n\t/src/main.go:7 +0x1d\ncreated by main.main\n\t/src/main.go:9 +0x2f\n"
	rest := strings.Repeat(one, 40000/len(one)+1)
	fmt.Fprint(os.Stderr, "panic: fake\n\ngoroutine 1 [running]:\nmain.main()\n\t/src/main.go:5 +0x1d\n")
	for i := 0; i < 20; i++ {
		for at := 0; at < len(rest); at += size {
			end := at + size
			if end > len(rest) {
				end = len(rest)
			}
			os.Stderr.WriteString(rest[at:end])
		}
		time.Sleep(50 * time.Millisecond)
	}
	lives(100)
}

// Goroutines that never wait.
func busy() {
	go func() {
		for {
			table[3]++
		}
	}()
}

func child(args ...string) {
	command := exec.Command(os.Args[0], args...)
	command.Stdout, command.Stderr = os.Stdout, os.Stderr
	fmt.Println("child:", command.Run())
}

var modes = map[string]func(){
	"nil":      func() { write(nil) },
	"panic":    func() { panic("all is lost") },
	"error":    func() { panic(fmt.Errorf("no %d: %w", 7, errors.New("inner"))) },
	"lines":    func() { panic("first\n\nsecond\n") },
	"long":     func() { panic(strings.Repeat("long ", 200000)) },
	"nul":      func() { panic("a\x00b\x1b[31m") },
	"angry":    func() { panic(angry{}) },
	"nested":   func() { defer func() { panic("second") }(); panic("first") },
	"again":    func() { recovered(func(r any) { panic(r) }) },
	"embedded": func() { panic("worker:\n\n" + stacks()) },
	"goexit":   func() { runtime.Goexit() },
	"map": func() {
		go func() {
			for {
				table[1]++
			}
		}()
		for {
			table[2]++
		}
	},
	"deadlock": func() { select {} },
	"stack":    func() { debug.SetMaxStack(1 << 20); explode(0) },
	"memory":   func() { _ = make([]byte, 1<<46) },
	"env":      func() { value, is := os.LookupEnv("GOTRACEBACK"); fmt.Println(value, is) },
	"exit":     func() { os.Exit(3) },
	"exit2":    func() { os.Exit(2) },
	"sleep":    func() { fmt.Println("ready"); time.Sleep(time.Minute) },
	"partial":  func() { fmt.Fprint(os.Stderr, "loading..."); panic("at the end of a line") },
	"both":     func() { go func() { panic("left") }(); panic("right") },
	"talk":     func() { go talk(); time.Sleep(5 * time.Millisecond); panic("all is lost") },
	"serve":    func() { serve() },
	"log":      func() { fmt.Fprintln(os.Stderr, "panic: only a word"); lives(100) },
	"log-exit": func() {
		recovered(func(r any) { fmt.Fprintf(os.Stderr, "panic: %v\n\n%s", r, debug.Stack()) })
		lives(50)
		os.Exit(1)
	},
	"stacks":    func() { fmt.Fprintf(os.Stderr, "panic: none\n\n%s\n", stacks()); lives(900) },
	"words":     func() { busy(); fake(5) },
	"lines-of":  func() { fake(200) },
	"buffers":   func() { fake(40000) },
	"stacks-go": func() { fmt.Fprintf(os.Stderr, "panic: none\n\n%s\n", stacks()); os.Exit(0) },
	"child":     func() { child("panic", "3"); lives(900) },
	"twice":     func() { child("panic", "3"); write(nil) },
}

func main() {
	if len(os.Args) > 2 {
		count, _ := strconv.Atoi(os.Args[2])
		others(count)
	}
	modes[os.Args[1]]()
}
