package cli_test

import (
	"testing"

	"writ/cmd/writ/cli"
)

func TestWhichPartsOfTheProgramAreConstant(t *testing.T) {
	const program = "/opt/writ"
	for line, want := range map[string]bool{
		"00400000-0194d000 r-xp 00000000 fe:00 1972 /opt/writ":             true,
		"0194d000-02a1b000 r--p 0154d000 fe:00 1972 /opt/writ":             true,
		"02a1b000-02b43000 rw-p 0261b000 fe:00 1972 /opt/writ":             false,
		"7ffe1000-7ffe3000 r-xp 00000000 00:00 0    [vdso]":                false,
		"00400000-0194d000 r-xp 00000000 fe:00 1972 /opt/writ (deleted)":   false,
		"00400000-0194d000 r-xp 00000000 fe:00 1972 /elsewhere/opt/writ":   false,
		"7f0000000000-7f0000001000 r--p 00000000 fe:00 3 /lib/ld-linux.so": false,
		"nonsense": false,
	} {
		if _, _, is := cli.ConstantPart(line, program); is != want {
			t.Errorf("%q: %v", line, is)
		}
	}
}
