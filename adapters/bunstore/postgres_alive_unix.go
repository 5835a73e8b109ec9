//go:build unix

package bunstore

import (
	"net"
	"syscall"
)

// quiet reports whether a connection that should have nothing to say has said nothing: neither
// its end nor a farewell has come. TLS connections are looked at beneath the encryption. It never
// waits, not even for a read that the driver has left under way.
func quiet(conn net.Conn) bool {
	if tls, encrypted := conn.(interface{ NetConn() net.Conn }); encrypted {
		conn = tls.NetConn()
	}
	socket, ok := conn.(syscall.Conn)
	if !ok {
		return true
	}
	raw, err := socket.SyscallConn()
	if err != nil {
		return false
	}
	silent := false
	err = raw.Control(func(fd uintptr) {
		var b [1]byte
		_, _, err := syscall.Recvfrom(int(fd), b[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		silent = err == syscall.EAGAIN
	})
	return err == nil && silent
}
