package pages

import (
	"errors"
	"fmt"
	"math"
	"strconv"
)

// Color is an opaque color of sRGB.
type Color struct{ red, green, blue uint8 }

// ErrColor refuses what is no color.
var ErrColor = errors.New("must be a color such as #2f4b9a")

// ParseColor reads #rrggbb.
func ParseColor(s string) (Color, error) {
	if len(s) != 7 || s[0] != '#' {
		return Color{}, ErrColor
	}
	n, err := strconv.ParseUint(s[1:], 16, 32)
	if err != nil {
		return Color{}, ErrColor
	}
	return Color{uint8(n >> 16), uint8(n >> 8), uint8(n)}, nil
}

// String is #rrggbb.
func (c Color) String() string { return fmt.Sprintf("#%02x%02x%02x", c.red, c.green, c.blue) }

// luminance is the relative luminance of WCAG 2.2.
func (c Color) luminance() float64 {
	linear := func(v uint8) float64 {
		s := float64(v) / 255
		if s <= 0.04045 {
			return s / 12.92
		}
		return math.Pow((s+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(c.red) + 0.7152*linear(c.green) + 0.0722*linear(c.blue)
}

// contrast is the contrast ratio of WCAG 2.2, from 1 to 21.
func (c Color) contrast(other Color) float64 {
	a, b := c.luminance(), other.luminance()
	return (max(a, b) + 0.05) / (min(a, b) + 0.05)
}

var (
	white = Color{255, 255, 255}
	black = Color{0, 0, 0}
)

// ink is what text on c is written in: whichever of white and black is told from it better.
func (c Color) ink() Color {
	if c.contrast(white) >= c.contrast(black) {
		return white
	}
	return black
}

// toward is c mixed with as little of another color as gives it a contrast to every ground. The
// other color is one that has it.
func (c Color) toward(other Color, contrast float64, grounds ...Color) Color {
	const steps = 50
	mixed := c
	for step := range steps + 1 {
		mixed = c.mix(other, float64(step)/steps)
		if mixed.stands(contrast, grounds) {
			break
		}
	}
	return mixed
}

func (c Color) stands(contrast float64, grounds []Color) bool {
	for _, ground := range grounds {
		if c.contrast(ground) < contrast {
			return false
		}
	}
	return true
}

func (c Color) mix(other Color, share float64) Color {
	channel := func(a, b uint8) uint8 { return uint8(math.Round(float64(a)*(1-share) + float64(b)*share)) }
	return Color{channel(c.red, other.red), channel(c.green, other.green), channel(c.blue, other.blue)}
}

// scheme is one of the two in which pages are shown: what stands behind everything, and what the
// accent is mixed with to be seen there.
type scheme struct {
	ground, card Color
	against      Color
	readable     float64 // the contrast of links to both grounds
}

// The schemes. The style sheet has the same grounds. Text needs a contrast of 4.5 at least (WCAG
// 2.2 §1.4.3); on dark, thin lines need more.
var (
	light = scheme{ground: Color{0xf7, 0xf6, 0xf3}, card: white, against: black, readable: 4.5}
	dark  = scheme{ground: Color{0x13, 0x13, 0x15}, card: Color{0x1c, 0x1c, 0x1f}, against: white, readable: 6.5}
)

// discernible is the least contrast of a control to what is around it (WCAG 2.2 §1.4.11).
const discernible = 3

// accent is the color of the brand, or Writ's own.
func (b Brand) accent() Color {
	if b.Color == (Color{}) {
		return Color{0x3b, 0x44, 0x9c}
	}
	return b.Color
}

// variables are the accent as the style sheet uses it: --fill behind the main button, --ink on it,
// --accent for links and for what has the focus. Any color can be a brand's: each is moved as far
// as people need to see and read it.
func (s scheme) variables(accent Color) string {
	fill := accent.toward(s.against, discernible, s.card, s.ground)
	return fmt.Sprintf("--fill:%s;--ink:%s;--accent:%s", fill, fill.ink(), accent.toward(s.against, s.readable, s.card, s.ground))
}

// sheet is what a brand adds to the style sheet.
func (b Brand) sheet() string {
	return fmt.Sprintf(":root{%s}\n@media (prefers-color-scheme:dark){:root{%s}}\n", light.variables(b.accent()), dark.variables(b.accent()))
}
