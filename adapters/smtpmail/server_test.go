package smtpmail_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"strings"
	"sync"
	"testing"

	"writ/ports"
)

// mailServer speaks as much SMTP as a letter takes.
type mailServer struct {
	t        testing.TB
	listener net.Listener

	mu      sync.Mutex
	broken  bool
	letters []ports.Letter
	headers []mail.Header
}

func serve(t testing.TB) *mailServer {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &mailServer{t: t, listener: l}
	var all sync.WaitGroup
	all.Go(func() {
		for {
			conn, err := l.Accept()
			if errors.Is(err, net.ErrClosed) {
				return
			}
			if err == nil {
				all.Go(func() { s.talk(conn) })
			}
		}
	})
	t.Cleanup(func() { _ = l.Close(); all.Wait() })
	return s
}

func (s *mailServer) url() string { return "smtp://" + s.listener.Addr().String() }

func (s *mailServer) fail() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.broken = true
}

func (s *mailServer) taken() []ports.Letter {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]ports.Letter(nil), s.letters...)
}

func (s *mailServer) talk(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	in := bufio.NewReader(conn)
	say := func(format string, args ...any) { _, _ = fmt.Fprintf(conn, format+"\r\n", args...) }
	say("220 mail.test")
	to := ""
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimSpace(line)
		s.mu.Lock()
		broken := s.broken
		s.mu.Unlock()
		switch verb, rest, _ := strings.Cut(line, " "); strings.ToUpper(verb) {
		case "EHLO", "HELO":
			say("250-mail.test\r\n250 8BITMIME")
		case "RCPT":
			to = strings.Trim(strings.TrimPrefix(rest, "TO:"), "<>")
			if broken {
				say("550 5.1.1 <%s> is unknown here", to)
				continue
			}
			say("250 OK")
		case "DATA":
			say("354 go on")
			s.keep(to, in)
			say("250 OK")
		case "QUIT":
			say("221 bye")
			return
		default:
			say("250 OK")
		}
	}
}

func (s *mailServer) keep(to string, in *bufio.Reader) {
	var text strings.Builder
	for {
		line, err := in.ReadString('\n')
		if err != nil || line == ".\r\n" {
			break
		}
		text.WriteString(strings.TrimPrefix(line, "."))
	}
	m, err := mail.ReadMessage(strings.NewReader(text.String()))
	if err != nil {
		s.t.Error(err)
		return
	}
	body := m.Body
	if m.Header.Get("Content-Transfer-Encoding") == "quoted-printable" {
		body = quotedprintable.NewReader(body)
	}
	plain, err := io.ReadAll(body)
	if err != nil {
		s.t.Error(err)
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	if err != nil {
		s.t.Error(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.headers = append(s.headers, m.Header)
	s.letters = append(s.letters, ports.Letter{
		To: to, Subject: subject, Language: m.Header.Get("Content-Language"),
		Text: strings.TrimRight(strings.ReplaceAll(string(plain), "\r\n", "\n"), "\n") + "\n",
	})
}
