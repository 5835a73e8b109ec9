package pages

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"writ/application/signin"
)

//go:embed templates/*.html
var sources embed.FS

// templates are the pages by name, each with the layout around it.
type templates map[string]*template.Template

// parse reads the pages for a language.
func parse(p *Pages, l *tongue) templates {
	functions := template.FuncMap{
		"t": l.text, "plain": plain, "date": l.date, "rfc3339": rfc3339, "initial": initial,
		"server": func() string { return p.name }, "at": p.at, "asset": p.asset,
		"signin": p.loginURL.String, "lang": l.tag.String, "dir": l.direction,
	}
	layout := template.Must(template.New("layout.html").Funcs(functions).
		ParseFS(sources, "templates/layout.html", "templates/parts.html"))
	all := templates{}
	for _, name := range []string{"home", "login", "consent", "device", "device_confirm", "device_done", "applications", "problem", "form", "account", "told"} {
		all[name] = template.Must(template.Must(layout.Clone()).ParseFS(sources, "templates/"+name+".html"))
	}
	return all
}

// view is what the layout knows of a page.
type view struct {
	Title   string
	Account string // the handle of who is signed in, or empty
	Logout  string // the token of the form that signs out
	Locales string // the ui_locales that the page is asked for in, for its forms, or empty
	Page    any
}

// show renders a page for somebody who is signed in; the zero value is nobody.
func (p *Pages) show(c *gin.Context, status int, name, title string, who signin.Recognised, page any) {
	l := p.spoken(c)
	v := view{Title: title, Locales: l.locales, Page: page}
	if who.Account != "" {
		v.Account, v.Logout = called(who), p.gate.CSRF(c, purposeLogout)
	}
	var b bytes.Buffer
	err := p.templates[l.tongue]()[name].Execute(&b, v)
	if err != nil {
		_ = c.Error(fmt.Errorf("render the page %s: %w", name, err))
		c.AbortWithStatus(http.StatusInternalServerError)
		return
	}
	c.Data(status, "text/html; charset=utf-8", b.Bytes())
	c.Abort()
}

// called is what a person is called on a page.
func called(who signin.Recognised) string {
	if handle := who.Profile.Profile.Handle.Reveal(); handle != "" {
		return handle
	}
	return string(who.Account)
}

// rfc3339 is a moment for programs.
func rfc3339(t time.Time) string { return t.UTC().Format(time.RFC3339) }
