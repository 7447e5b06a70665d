// SPDX-License-Identifier: MIT
package main

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"os"
	"strconv"
	"time"
)

const (
	matchCount      = 20
	clientsPerMatch = 5
	movesPerClient  = 5
)

// The match that the last word is sent to.
func lastMatch() int {
	number, err := strconv.Atoi(os.Getenv("NAKAMA_MATCH"))
	if err != nil || number < 0 || number >= matchCount {
		number = 13
	}
	return number
}

type client struct {
	net.Conn
	answers *bufio.Scanner
	match   int
	user    string
}

func (c *client) send(word string) {
	fmt.Fprintf(c, "%d %s %s\n", c.match, c.user, word)
	c.answers.Scan()
}

// play joins all matches with all clients, who move; then one of them sends the word that decides how it goes on. It ends when
// the server ends the connections, or, if the server is to live, after a while; then it prints "lives".
func play(word string) {
	time.AfterFunc(20*time.Second, func() { os.Exit(1) })
	var clients []*client
	for i := 0; i < matchCount*clientsPerMatch; i++ {
		connection, err := net.Dial("tcp", address(0))
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		c := &client{connection, bufio.NewScanner(connection), i % matchCount, fmt.Sprintf("user%d", i)}
		clients = append(clients, c)
		c.send("join")
	}
	for i := 0; i < movesPerClient; i++ {
		for _, c := range clients {
			c.send("move")
		}
	}
	time.Sleep(300 * time.Millisecond) // all matches have said something
	if word == "http-panic" {
		_, _ = http.Get("http://" + address(1) + "/panic")
	} else {
		clients[lastMatch()].send(word)
	}
	_ = clients[0].SetReadDeadline(time.Now().Add(time.Second))
	if _, err := clients[0].Read(make([]byte, 1)); os.IsTimeout(err) {
		fmt.Println("lives")
	}
}
