package config

import (
	"fmt"
	"io"
	"log/slog"
	"reflect"
	"strings"
	"time"
)

// A setting is one field of Config as people meet it.
type setting struct {
	field, name, value, def, unit, doc, section string
	hidden                                      bool // the value must not be quoted in an error
}

// settings lists the fields of c in order, with values fit to be shown.
func settings(c Config) []setting {
	v := reflect.ValueOf(c)
	var out []setting
	section := ""
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if s := f.Tag.Get("section"); s != "" {
			section = s
		}
		if f.Tag.Get("env") == "" {
			continue // made of others
		}
		kind := f.Tag.Get("secret")
		out = append(out, setting{
			field: f.Name, name: f.Tag.Get("env"), value: show(v.Field(i).Interface(), kind), def: f.Tag.Get("envDefault"),
			unit: f.Tag.Get("unit"), doc: f.Tag.Get("doc"), section: section, hidden: kind != "",
		})
	}
	return out
}

// show writes a value as the environment would have it, without secrets.
func show(value any, secret string) string {
	switch value := value.(type) {
	case Secret:
		if secret == "url" {
			return redactURL(string(value))
		}
		return value.String()
	case time.Duration:
		return formatDuration(value)
	case slog.Level:
		return strings.ToLower(value.String())
	}
	return fmt.Sprint(value)
}

// bad is the line about a wrong value. A value that holds a secret, or might (a password
// that somebody put into a URL where none belongs), is left out.
func (s setting) bad(value, why string) error {
	if s.hidden || strings.Contains(value, "@") {
		return fmt.Errorf("%s: %s", s.name, why)
	}
	return fmt.Errorf("%s: %.200q: %s", s.name, value, why)
}

// Print writes every setting with its value in c, its default, unit and meaning.
// The output can be read as an environment file, but for the secrets, which are redacted.
func Print(w io.Writer, c Config) error {
	var b strings.Builder
	section := ""
	for _, s := range settings(c) {
		if s.section != section {
			section = s.section
			fmt.Fprintf(&b, "## %s\n\n", section)
		}
		def := "default: " + s.def
		if s.def == "" {
			def = "no default"
		}
		fmt.Fprintf(&b, "# %s\n# (%s; %s)\n%s=%s\n\n", s.doc, s.unit, def, s.name, s.value)
	}
	_, err := io.WriteString(w, strings.TrimSuffix(b.String(), "\n"))
	return err
}

// Reference writes docs/configuration.md.
func Reference(w io.Writer) error {
	var b strings.Builder
	b.WriteString(referenceHead)
	section := ""
	for _, s := range settings(Config{}) {
		if s.section != section {
			section = s.section
			fmt.Fprintf(&b, "\n## %s\n\n| variable | default | unit | what it is |\n|---|---|---|---|\n", section)
		}
		def := "none"
		if s.def != "" {
			def = "`" + s.def + "`"
		}
		if s.hidden {
			s.doc += " (secret)"
		}
		cell := strings.NewReplacer("|", `\|`).Replace
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", s.name, cell(def), cell(s.unit), cell(s.doc))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

const referenceHead = `# Configuration

Lazaret is configured by environment variables alone. This page is made from the
settings themselves (package config); ` + "`lazaret config`" + ` prints the values in force.

- A variable that is set but empty counts as not set.
- A value that cannot be read stops the start with one line that names the variable (exit code 2).
  So does a variable that begins with ` + "`LAZARET_`" + ` and is not listed here, except those that Kubernetes
  makes for services of that name.
- Durations are written as ` + "`500ms`, `30s`, `5m`, `1h30m`" + `; sizes as ` + "`65536`, `64KiB`, `1MiB`, `16GiB`" + `.
- Secrets are never printed or logged. In URLs and storage parameters only the secret part is hidden.
`
