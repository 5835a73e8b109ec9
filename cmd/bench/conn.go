package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http/httputil"
	"strconv"
	"time"
)

// answerWithin bounds an exchange; who answers later does not answer.
const answerWithin = 30 * time.Second

// conn is one HTTP/1.1 connection that is kept. It does what a load needs and nothing else, for the
// processors that it leaves alone are the server's.
type conn struct {
	raw  net.Conn
	in   *bufio.Reader
	out  []byte
	body []byte
}

func dial(ctx context.Context, address string) (*conn, error) {
	raw, err := (&net.Dialer{Timeout: answerWithin}).DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	return &conn{raw: raw, in: bufio.NewReaderSize(raw, 8<<10)}, nil
}

// post sends a form and gives the status and the body of the answer, which is good until the next
// call.
func (c *conn) post(head, form string) (int, []byte, error) {
	c.out = append(c.out[:0], head...)
	c.out = strconv.AppendInt(c.out, int64(len(form)), 10)
	c.out = append(c.out, "\r\n\r\n"...)
	c.out = append(c.out, form...)
	err := c.raw.SetDeadline(time.Now().Add(answerWithin))
	if err != nil {
		return 0, nil, err
	}
	_, err = c.raw.Write(c.out)
	if err != nil {
		return 0, nil, err
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

var errAnswer = errors.New("the answer is not HTTP/1.1")

// read reads one answer (RFC 9112 §4, §6).
func (c *conn) read() (status int, body []byte, err error) {
	line, err := c.in.ReadSlice('\n')
	if err != nil {
		return 0, nil, err
	}
	if len(line) < 12 || !bytes.HasPrefix(line, []byte("HTTP/1.1 ")) {
		return 0, nil, errAnswer
	}
	status, err = strconv.Atoi(string(line[9:12]))
	if err != nil {
		return 0, nil, errAnswer
	}
	length, chunked, err := c.readHeader()
	if err != nil {
		return status, nil, err
	}
	if chunked {
		return c.readChunks(status)
	}
	if cap(c.body) < length {
		c.body = make([]byte, length)
	}
	c.body = c.body[:length]
	_, err = io.ReadFull(c.in, c.body)
	return status, c.body, err
}

const maxAnswer = 64 << 10

// readHeader finds out how long the body is.
func (c *conn) readHeader() (length int, chunked bool, err error) {
	for {
		line, err := c.in.ReadSlice('\n')
		if err != nil {
			return 0, false, err
		}
		line = bytes.TrimRight(line, "\r\n")
		if len(line) == 0 {
			return length, chunked, nil
		}
		name, value, _ := bytes.Cut(line, []byte(":"))
		value = bytes.TrimSpace(value)
		switch {
		case bytes.EqualFold(name, []byte("Content-Length")):
			length, err = strconv.Atoi(string(value))
			if err != nil || length < 0 || length > maxAnswer {
				return 0, false, fmt.Errorf("%w: Content-Length %q", errAnswer, value)
			}
		case bytes.EqualFold(name, []byte("Transfer-Encoding")):
			chunked = bytes.EqualFold(value, []byte("chunked"))
		case bytes.EqualFold(name, []byte("Connection")) && bytes.EqualFold(value, []byte("close")):
			return 0, false, errors.New("the server does not keep the connection")
		}
	}
}

func (c *conn) readChunks(status int) (int, []byte, error) {
	body, err := io.ReadAll(io.LimitReader(httputil.NewChunkedReader(c.in), maxAnswer))
	if err != nil {
		return status, nil, err
	}
	_, err = c.in.ReadSlice('\n') // the empty line after the last chunk
	return status, body, err
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
