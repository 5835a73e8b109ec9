package wiring

import (
	"os"

	"writ/adapters/httpapi/pages"
)

// brand is whose pages they are.
func (s Settings) brand(m *mistakes) pages.Brand {
	b := pages.Brand{Name: s.BrandName}
	if s.BrandName != "" {
		if err := pages.CheckName(s.BrandName); err != nil {
			m.add("WRIT_BRAND_NAME", "%v", err)
		}
	}
	if s.BrandColor != "" {
		color, err := pages.ParseColor(s.BrandColor)
		if err != nil {
			m.add("WRIT_BRAND_COLOR", "%v, not %q", err, s.BrandColor)
		}
		b.Color = color
	}
	if s.BrandLogo != "" {
		b.Logo = logo(s.BrandLogo, m)
	}
	return b
}

func logo(path string, m *mistakes) pages.Logo {
	content, err := os.ReadFile(path)
	if err != nil {
		m.add("WRIT_BRAND_LOGO", "%v", err)
		return pages.Logo{}
	}
	picture, err := pages.ReadLogo(content)
	if err != nil {
		m.add("WRIT_BRAND_LOGO", "%s: %v", path, err)
	}
	return picture
}
