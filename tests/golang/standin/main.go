// SPDX-License-Identifier: MIT
// A stand-in for Nakama: matches of a module, each with a goroutine, a ticker and a queue; a line protocol over TCP; an HTTP
// console; a log in JSON on stdout. It has Nakama's words, and none of its code.
package main

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"runtime"
	"strconv"
	"syscall"

	common "example.com/nakama-common/runtime"
)

// Nakama's ports are 7350, for players, and 7351, the console.
func address(offset int) string {
	port, err := strconv.Atoi(os.Getenv("NAKAMA_PORT"))
	if err != nil {
		port = 7350
	}
	return "127.0.0.1:" + strconv.Itoa(port+offset)
}

// Nakama's main begins so, too: a panic of the main goroutine ends with status 0.
func main() {
	defer os.Exit(0)
	switch {
	case len(os.Args) == 2 && os.Args[1] == "healthcheck":
		healthcheck()
	case len(os.Args) == 3 && os.Args[1] == "client":
		play(os.Args[2])
	case len(os.Args) == 3 && os.Args[1] == "serve":
		serve(os.Args[2])
	default:
		fmt.Fprintln(os.Stderr, "nakama serve MODULE.so | healthcheck | client WORD")
		os.Exit(2)
	}
}

func healthcheck() {
	answer, err := http.Get("http://" + address(1) + "/healthcheck")
	if err != nil || answer.StatusCode != http.StatusOK {
		os.Exit(1)
	}
}

// A line is "MATCH USER WORD"; the answer is the word, when the match has it.
func session(connection net.Conn, matches []*handler) {
	defer connection.Close()
	for lines := bufio.NewScanner(connection); lines.Scan(); {
		var number int
		var user, word string
		if n, _ := fmt.Sscan(lines.Text(), &number, &user, &word); n < 3 || number < 0 || number >= len(matches) {
			return
		}
		matches[number].queue <- common.Message{UserID: user, Word: word}
		fmt.Fprintln(connection, word)
	}
}

func console() {
	http.HandleFunc("/healthcheck", func(http.ResponseWriter, *http.Request) {})
	http.HandleFunc("/panic", func(_ http.ResponseWriter, r *http.Request) { listAccounts(r.URL.Query()["page"]) })
	if err := http.ListenAndServe(address(1), nil); err != nil {
		say("fatal", "Console server listener failed", "error", err.Error())
		os.Exit(1)
	}
}

//go:noinline
func listAccounts(pages []string) {
	fmt.Println(pages[3])
}

func serve(path string) {
	say("info", "Nakama starting")
	say("info", "Node", "name", "nakama1", "version", "3.40.0", "runtime", runtime.Version())
	module, err := loadModule(path)
	if err != nil {
		say("fatal", "Failed initializing runtime modules", "error", err.Error())
		os.Exit(1)
	}
	listener, err := net.Listen("tcp", address(0))
	if err != nil {
		say("fatal", "API server listener failed", "error", err.Error())
		os.Exit(1)
	}
	var matches []*handler
	for i := 0; i < matchCount; i++ {
		matches = append(matches, newHandler(i, module))
	}
	go console()
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			go session(connection, matches)
		}
	}()
	asked := make(chan os.Signal, 2)
	signal.Notify(asked, os.Interrupt, syscall.SIGTERM)
	say("info", "Startup done")
	<-asked
	say("info", "Shutting down")
	close(stop)
	running.Wait()
}
