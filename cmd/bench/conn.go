package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"strconv"
	"time"
)

// answerWithin bounds an exchange; who answers later does not answer.
const answerWithin = 30 * time.Second

// conn is one HTTP/1.1 connection that is kept. It does what a load needs and nothing else, for the
// processors that it leaves alone are the server's.
type conn struct {
	dial   func() (net.Conn, error)
	raw    net.Conn
	in     *bufio.Reader
	out    []byte
	body   []byte
	parted bool // the server said that it closes the connection
}

// answer is what came back. Its body is good until the next exchange.
type answer struct {
	status int
	body   []byte
	later  bool // it says when to try again (RFC 9110 §10.2.3)
}

func dial(ctx context.Context, address string) (*conn, error) {
	c := &conn{dial: func() (net.Conn, error) {
		return (&net.Dialer{Timeout: answerWithin}).DialContext(ctx, "tcp", address)
	}}
	return c, c.open()
}

func (c *conn) open() error {
	raw, err := c.dial()
	if err != nil {
		return err
	}
	c.raw, c.in, c.parted = raw, bufio.NewReaderSize(raw, 8<<10), false
	return nil
}

// post sends a form after a head that lacks its length.
func (c *conn) post(head, form string) (answer, error) {
	c.out = append(c.out[:0], head...)
	c.out = strconv.AppendInt(c.out, int64(len(form)), 10)
	c.out = append(c.out, "\r\n\r\n"...)
	c.out = append(c.out, form...)
	return c.exchange()
}

// get sends the parts of a request that is complete.
func (c *conn) get(parts ...string) (answer, error) {
	c.out = c.out[:0]
	for _, p := range parts {
		c.out = append(c.out, p...)
	}
	return c.exchange()
}

func (c *conn) exchange() (answer, error) {
	if c.parted {
		err := c.open()
		if err != nil {
			return answer{}, err
		}
	}
	err := c.raw.SetDeadline(time.Now().Add(answerWithin))
	if err != nil {
		return answer{}, err
	}
	_, err = c.raw.Write(c.out)
	if err != nil {
		return answer{}, err
	}
	return c.read()
}

// headOf is everything of a request up to the length of its form.
func headOf(address, path, authorization string) string {
	if authorization != "" {
		authorization = "Authorization: " + authorization + "\r\n"
	}
	return "POST " + path + " HTTP/1.1\r\nHost: " + address + "\r\n" + authorization +
		"Content-Type: application/x-www-form-urlencoded\r\nAccept: application/json\r\nContent-Length: "
}

// getOf is a whole request without a body, but for the end of its last header and the empty line.
func getOf(address, path string) string {
	return "GET " + path + " HTTP/1.1\r\nHost: " + address + "\r\nAccept: application/json"
}

// endOfHead ends the last header of a request.
const endOfHead = "\r\n\r\n"

var (
	errAnswer = errors.New("the answer is not HTTP/1.1")
	errParted = errors.New("the server does not keep the connection")
)

// read reads one answer (RFC 9112 §4, §6). Only who refuses may close the connection.
func (c *conn) read() (answer, error) {
	status, err := c.readStatus()
	if err != nil {
		return answer{}, err
	}
	h, err := c.readHeader()
	if err != nil {
		return answer{status: status}, err
	}
	body, err := c.readBody(h)
	c.parted = h.parts
	if h.parts {
		err = errors.Join(err, c.raw.Close())
	}
	if h.parts && status != http.StatusServiceUnavailable {
		err = errors.Join(err, errParted)
	}
	return answer{status: status, body: body, later: h.later}, err
}

func (c *conn) readStatus() (int, error) {
	line, err := c.in.ReadSlice('\n')
	if err != nil {
		return 0, err
	}
	if len(line) < 12 || !bytes.HasPrefix(line, []byte("HTTP/1.1 ")) {
		return 0, errAnswer
	}
	status, err := strconv.Atoi(string(line[9:12]))
	if err != nil {
		return 0, errAnswer
	}
	return status, nil
}

const maxAnswer = 64 << 10

// header is what matters of one.
type header struct {
	length       int
	chunked      bool
	later, parts bool
}

func (c *conn) readHeader() (header, error) {
	var h header
	for {
		line, err := c.in.ReadSlice('\n')
		if err != nil {
			return h, err
		}
		line = bytes.TrimRight(line, "\r\n")
		if len(line) == 0 {
			return h, nil
		}
		name, value, _ := bytes.Cut(line, []byte(":"))
		err = h.take(name, bytes.TrimSpace(value))
		if err != nil {
			return h, err
		}
	}
}

func (h *header) take(name, value []byte) (err error) {
	switch {
	case bytes.EqualFold(name, []byte("Content-Length")):
		h.length, err = strconv.Atoi(string(value))
		if err != nil || h.length < 0 || h.length > maxAnswer {
			return fmt.Errorf("%w: Content-Length %q", errAnswer, value)
		}
	case bytes.EqualFold(name, []byte("Transfer-Encoding")):
		h.chunked = bytes.EqualFold(value, []byte("chunked"))
	case bytes.EqualFold(name, []byte("Retry-After")):
		h.later = len(value) > 0
	case bytes.EqualFold(name, []byte("Connection")):
		h.parts = bytes.EqualFold(value, []byte("close"))
	}
	return nil
}

func (c *conn) readBody(h header) ([]byte, error) {
	if h.chunked {
		return c.readChunks()
	}
	if cap(c.body) < h.length {
		c.body = make([]byte, h.length)
	}
	c.body = c.body[:h.length]
	_, err := io.ReadFull(c.in, c.body)
	return c.body, err
}

func (c *conn) readChunks() ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(httputil.NewChunkedReader(c.in), maxAnswer))
	if err != nil {
		return nil, err
	}
	_, err = c.in.ReadSlice('\n') // the empty line after the last chunk
	return body, err
}

// member is the value of a string in a flat JSON object, or nothing. Tokens need no unescaping.
func member(answer []byte, name string) string {
	_, rest, found := bytes.Cut(answer, []byte(`"`+name+`":"`))
	end := bytes.IndexByte(rest, '"')
	if !found || end < 0 {
		return ""
	}
	return string(rest[:end])
}
