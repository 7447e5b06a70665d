// SPDX-License-Identifier: MIT
// Dies in each way that Go's runtime knows: the texts in tests/golang/dumps are what it prints (record.sh).
package main

import (
	"errors"
	"fmt"
	"os"
	"plugin"
	"runtime"
	"runtime/debug"
	"sync"
	"syscall"
	"time"
	"unsafe"
)

type match struct {
	id    string
	state *struct{ score int }
}

//go:noinline
func (m *match) loop(tick int) int { return m.state.score + tick }

type badError struct{}

func (badError) Error() string { panic("no text for this error") }

type nilText struct{ text string }

func (n *nilText) Error() string { return n.text }

type words struct{ text string }

func (w words) String() string { return w.text }

type number int

type point struct{ x, y int }

//go:noinline
func recurse(n int) int {
	var room [512]byte
	room[n%512] = byte(n)
	return recurse(n+1) + int(room[(n+1)%512])
}

func worker(jobs chan int) {
	for job := range jobs {
		fmt.Println(job)
	}
}

func workers(n int) {
	jobs := make(chan int)
	for i := 0; i < n; i++ {
		go worker(jobs)
	}
}

func repanic() {
	defer func() {
		if cause := recover(); cause != nil {
			panic(fmt.Sprintf("while cleaning up: %v", cause))
		}
	}()
	panic("first")
}

func samePanic() {
	defer func() { panic(recover()) }()
	(&match{}).loop(1)
}

// What died stands in the message: the runtime prints the stack of the deferred call.
func stackInMessage() {
	defer func() { panic(fmt.Sprintf("worker failed: %v\n%s", recover(), debug.Stack())) }()
	(&match{}).loop(1)
}

func nilError() {
	var none *nilText
	panic(none)
}

// The runtime's own thread finds it; no goroutine is at fault.
func tooManyThreads() {
	debug.SetMaxThreads(20)
	for i := 0; i < 40; i++ {
		go func() {
			runtime.LockOSThread()
			syscall.Pause()
		}()
	}
	time.Sleep(time.Second)
}

func nested() {
	defer func() { panic("second") }()
	defer func() { panic(errors.New("in between")) }()
	panic("first")
}

func mapWrites() {
	seen := map[int]int{}
	for i := 0; i < 4; i++ {
		go func(i int) {
			for n := 0; ; n++ {
				seen[n%100] = i
			}
		}(i)
	}
	time.Sleep(10 * time.Second)
}

func goexit() {
	done := make(chan int)
	go func() { <-done }()
	runtime.Goexit()
}

func goexitPanic() {
	defer func() { panic("after Goexit") }()
	runtime.Goexit()
}

func memory() {
	var kept [][]byte
	for {
		kept = append(kept, make([]byte, 64<<20))
		kept[len(kept)-1][0] = 1
	}
}

func asleep() {
	var lock sync.Mutex
	lock.Lock()
	go func() {
		lock.Lock()
	}()
	lock.Lock()
}

func locked() {
	go func() {
		runtime.LockOSThread()
		time.Sleep(time.Minute)
	}()
	go func() { select {} }()
	go func() {
		for {
		}
	}()
	time.Sleep(100 * time.Millisecond)
	panic("others run, sleep and are locked")
}

// A library logs while the runtime prints.
func interleaved() {
	for i := 0; i < 4; i++ {
		go func() {
			for n := 0; ; n++ {
				fmt.Fprintf(os.Stderr, "{\"level\":\"info\",\"msg\":\"tick %d\"}\n", n)
			}
		}()
	}
	time.Sleep(10 * time.Millisecond)
	(&match{}).loop(1)
}

func runPlugin(path, name string) {
	opened, err := plugin.Open(path)
	if err != nil {
		panic(err)
	}
	run, err := opened.Lookup(name)
	if err != nil {
		panic(err)
	}
	run.(func())()
}

//go:noinline
func (m *match) scribble(at *byte) { *at = 1 }

// A constant lies in memory that nobody may write.
func readOnly() {
	text := "constant"
	(&match{}).scribble(*(**byte)(unsafe.Pointer(&text)))
}

func themselves() {
	go func() { panic("one") }()
	go func() { panic("two") }()
	time.Sleep(time.Second)
}

var ways = map[string]func(){
	"nil":          func() { go (&match{}).loop(1); time.Sleep(time.Second) },
	"error":        func() { panic(fmt.Errorf("open score: %w", os.ErrNotExist)) },
	"stringer":     func() { panic(words{"spoken"}) },
	"lines":        func() { panic("first line\nsecond line\n\ngoroutine 7 [running]:\nfourth.line()") },
	"number":       func() { panic(number(7)) },
	"struct":       func() { panic(point{1, 2}) },
	"bad-error":    func() { panic(badError{}) },
	"repanic":      repanic,
	"same-panic":   samePanic,
	"stack":        stackInMessage,
	"nil-error":    nilError,
	"nested":       nested,
	"goexit":       goexit,
	"goexit-panic": goexitPanic,
	"map-writes":   mapWrites,
	"asleep":       asleep,
	"overflow":     func() { recurse(1) },
	"memory":       memory,
	"threads":      tooManyThreads,
	"huge":         func() { _ = make([]byte, 1<<46) },
	"index":        func() { _ = os.Args[len(os.Args)+4] },
	"locked":       locked,
	"interleaved":  interleaved,
	"two":          themselves,
	"read-only":    readOnly,
	"quit": func() {
		workers(3)
		time.Sleep(10 * time.Millisecond)
		syscall.Kill(os.Getpid(), syscall.SIGQUIT)
		time.Sleep(time.Second)
	},
	"segv-sent": func() { syscall.Kill(os.Getpid(), syscall.SIGSEGV); time.Sleep(time.Second) },
	"workers":   func() { workers(10000); time.Sleep(100 * time.Millisecond); (&match{}).loop(1) },
	"c-log":     func() { workers(1000); cLog(); time.Sleep(50 * time.Millisecond); (&match{}).loop(1) },
	"c-write":   cWrite,
	"c-abort":   cAbort,
	"c-back":    cBack,
	"c-thread":  cThread,
	"plugin":    func() { runPlugin(os.Args[2], "Loop") },
}

func main() {
	ways[os.Args[1]]()
}
