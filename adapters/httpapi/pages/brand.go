package pages

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"html"
	"image/png"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Brand is whose pages they are. The zero value is Writ's own.
type Brand struct {
	Name  string // what people know the server as; empty: the issuer's host
	Color Color  // the one accent; the zero value is Writ's
	Logo  Logo   // the zero value is a mark with the accent
}

// Logo is a picture that stands beside the name.
type Logo struct {
	media   string
	content []byte
}

const (
	maxLogo      = 64 << 10
	maxLogoSide  = 4096
	maxBrandName = 40
)

// Refusals of a brand.
var (
	ErrBrandName = errors.New("must have 1 to 40 printable characters")
	ErrLogo      = errors.New("must be an SVG or PNG picture of at most 64 KiB")
)

// CheckName refuses a name that would not fit, or that cannot be seen.
func CheckName(name string) error {
	invisible := strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) })
	if invisible || !utf8.ValidString(name) || utf8.RuneCountInString(name) > maxBrandName || strings.TrimSpace(name) == "" {
		return ErrBrandName
	}
	return nil
}

// ReadLogo takes the content of a file. What kind of picture it is stands in the content.
func ReadLogo(content []byte) (Logo, error) {
	if len(content) > maxLogo {
		return Logo{}, ErrLogo
	}
	if size, err := png.DecodeConfig(bytes.NewReader(content)); err == nil && size.Width <= maxLogoSide && size.Height <= maxLogoSide {
		return Logo{media: "image/png", content: content}, nil
	}
	if isSVG(content) {
		return Logo{media: "image/svg+xml", content: content}, nil
	}
	return Logo{}, ErrLogo
}

// isSVG reports whether content is a whole XML document whose root is svg.
func isSVG(content []byte) bool {
	decoder := xml.NewDecoder(bytes.NewReader(content))
	root := ""
	for {
		token, err := decoder.RawToken()
		if err != nil {
			return root == "svg" && err.Error() == "EOF"
		}
		if start, is := token.(xml.StartElement); is && root == "" {
			root = start.Name.Local
		}
	}
}

// picture is the logo, or what stands for one: Writ's own mark, or the first letter of the name.
func (b Brand) picture() Logo {
	if b.Logo.content != nil {
		return b.Logo
	}
	inner := `<path d="M6 9.5l4.5 13L16 11l5.5 11.5L26 9.5" fill="none" stroke="%s" stroke-width="2.75" stroke-linecap="round" stroke-linejoin="round"/>`
	if b.Name != "" {
		inner = `<text x="16" y="22.5" text-anchor="middle" font-family="system-ui, sans-serif" font-weight="700" font-size="18" fill="%s">` +
			html.EscapeString(initial(b.Name)) + `</text>`
	}
	fill := b.accent()
	mark := fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="9" fill="%s"/>`+inner+`</svg>`,
		fill, fill.ink())
	return Logo{media: "image/svg+xml", content: []byte(mark)}
}

// initial is the first letter or digit of a name, for where there is no picture.
func initial(name string) string {
	for _, r := range name {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return string(unicode.ToUpper(r))
		}
	}
	return "·"
}
