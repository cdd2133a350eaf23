package inspect

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/lazaret/lazaret/internal/oci"
)

// looksJSON reports whether b begins as a JSON object or array does, or may: it is blank.
func looksJSON(b []byte) bool {
	b = bytes.TrimLeft(b, " \t\r\n")
	return len(b) == 0 || b[0] == '{' || b[0] == '['
}

// document inspects the stream as a config, a manifest or another JSON document.
func (x *inspection) document() {
	b, err := io.ReadAll(io.LimitReader(x.stream, int64(x.limits.Document)+1))
	if err != nil {
		x.gaps.add("", err.Error())
		return
	}
	text := func() { x.whole(io.MultiReader(bytes.NewReader(b), x.stream)) }
	if len(b) > x.limits.Document {
		x.gaps.add("", fmt.Sprintf("a JSON document of more than %d bytes", x.limits.Document))
		text()
		return
	}
	if !json.Valid(b) {
		x.gaps.add("", "unknown format")
		text()
		return
	}
	o, err := survey(b, x.limits.Tokens)
	if err != nil {
		x.gaps.add("", "JSON document: "+err.Error())
		text()
		return
	}
	m, notManifest := oci.ParseManifest(b)
	config := o.isConfig()
	switch {
	case notManifest == nil && config:
		x.gaps.add("", "both a manifest and a config")
		x.manifest(m)
		x.config(b, o)
	case notManifest == nil:
		x.manifest(m)
	case config:
		x.config(b, o)
	default:
		if o.isManifest() {
			x.gaps.add("", notManifest.Error())
		}
		text()
	}
}

// An imageJSON is an image config as Docker and containerd read it, with encoding/json and
// so without regard to the case of keys. Sources: OCI Image Specification 1.1
// config.md, Docker Image Specification 1.2.
type imageJSON struct {
	oci.Platform
	Created json.RawMessage `json:"created"`
	Config  struct {
		Env         []string          `json:"Env"`
		Entrypoint  words             `json:"Entrypoint"`
		Cmd         words             `json:"Cmd"`
		User        string            `json:"User"`
		Labels      map[string]string `json:"Labels"`
		OnBuild     []string          `json:"OnBuild"`
		Healthcheck struct {
			Test []string `json:"Test"`
		} `json:"Healthcheck"`
	} `json:"config"`
	History []struct {
		CreatedBy  string `json:"created_by"`
		EmptyLayer bool   `json:"empty_layer"`
	} `json:"history"`
	RootFS struct {
		DiffIDs []string `json:"diff_ids"`
	} `json:"rootfs"`
}

// words are a list of strings that may be written as one string, as Docker allows for
// Entrypoint and Cmd.
type words []string

func (w *words) UnmarshalJSON(b []byte) error {
	var many []string
	if err := json.Unmarshal(b, &many); err == nil {
		*w = many
		return nil
	}
	var one string
	if err := json.Unmarshal(b, &one); err != nil {
		return err
	}
	*w = words{one}
	return nil
}

// configParts are the paths of a config whose text is in documents of its own.
var configParts = []string{
	"config.env", "config.entrypoint", "config.cmd", "config.healthcheck.test", "config.labels", "config.onbuild",
	"history.created_by", "rootfs.type", "rootfs.diff_ids", "architecture", "os", "created",
}

// config inspects an image config, part by part, and puts it in the report.
func (x *inspection) config(b []byte, o *outline) {
	for _, key := range o.doubles {
		x.gaps.add("", fmt.Sprintf("config: key %.80q occurs twice", key))
	}
	var doc imageJSON
	if err := json.Unmarshal(b, &doc); err != nil {
		var wrong *json.UnmarshalTypeError
		if errors.As(err, &wrong) {
			err = fmt.Errorf("%s is a JSON %s", wrong.Field, wrong.Value)
		}
		x.gaps.add("", fmt.Sprintf("malformed config: %v", err))
	}
	c := &doc.Config
	var history []string
	for _, h := range doc.History {
		history = append(history, h.CreatedBy)
	}
	x.text("config:env", c.Env)
	x.text("config:entrypoint", c.Entrypoint)
	x.text("config:cmd", c.Cmd)
	x.text("config:healthcheck", c.Healthcheck.Test)
	x.text("config:labels", pairs(c.Labels))
	x.text("config:onbuild", c.OnBuild)
	x.text("config:history", history)
	x.text("config:other", o.except(configParts))
	known := unique(slices.Concat(x.secrets("config:history", history), x.secrets("config:entrypoint", c.Entrypoint), x.secrets("config:cmd", c.Cmd),
		x.secrets("config:env", c.Env)))
	c.Entrypoint, c.Cmd, history = hide(c.Entrypoint, known), hide(c.Cmd, known), hide(history, known)
	for i := range doc.History {
		doc.History[i].CreatedBy = history[i]
	}
	x.report.Kind = KindConfig
	x.report.Config = x.summary(&doc)
}

// Of what a report has of a config: the bytes of Entrypoint and of Cmd, and the layers.
// Docker itself stops at 125 layers (maxLayerDepth of its layer store).
const (
	maxCommand = 64 << 10
	maxLayers  = 1000
)

// summary is what a report has of a config. What is left out for its size is a Gap.
func (x *inspection) summary(doc *imageJSON) *ImageConfig {
	bounded := func(what string, in []string) []string {
		if len(in) == 0 {
			return nil // as a decoded report has it
		}
		size := 0
		for i, s := range in {
			if size += len(s) + 16; size > maxCommand {
				x.gaps.add("config:"+what, fmt.Sprintf("more than %d bytes", maxCommand))
				return in[:i]
			}
		}
		return in
	}
	short := func(s string) string { return cut(strings.ToValidUTF8(s, "\uFFFD"), MaxEvidence) }
	p := doc.Platform
	out := &ImageConfig{
		Platform:   oci.Platform{Architecture: short(p.Architecture), OS: short(p.OS), OSVersion: short(p.OSVersion), Variant: short(p.Variant)},
		Created:    created(doc.Created),
		User:       short(doc.Config.User),
		Entrypoint: bounded("entrypoint", doc.Config.Entrypoint),
		Cmd:        bounded("cmd", doc.Config.Cmd),
	}
	for _, f := range p.OSFeatures[:min(len(p.OSFeatures), 100)] {
		out.Platform.OSFeatures = append(out.Platform.OSFeatures, short(f))
	}
	for _, h := range doc.History {
		if !h.EmptyLayer && len(out.History) < maxLayers {
			out.History = append(out.History, printable(h.CreatedBy, MaxEvidence))
		}
	}
	for _, s := range doc.RootFS.DiffIDs[:min(len(doc.RootFS.DiffIDs), maxLayers)] {
		d, err := oci.ParseDigest(s)
		if err != nil {
			x.gaps.add("", fmt.Sprintf("config: diff_ids: %v", err))
			break
		}
		out.DiffIDs = append(out.DiffIDs, d)
	}
	if n := len(doc.RootFS.DiffIDs); n > maxLayers {
		x.gaps.add("", fmt.Sprintf("config: %d layers, more than %d", n, maxLayers))
	}
	return out
}

// created reads a time, in UTC. One that is malformed, or that could not be written
// again (RFC 3339 has years of four digits), is none.
func created(b json.RawMessage) time.Time {
	var t time.Time
	if len(b) == 0 || json.Unmarshal(b, &t) != nil {
		return time.Time{}
	}
	if t = t.UTC(); t.Year() < 1 || t.Year() > 9999 {
		return time.Time{}
	}
	return t
}

// manifest inspects a manifest: what it says beside naming blobs.
func (x *inspection) manifest(m oci.Manifest) {
	all := append([]oci.Descriptor{m.Config}, m.Layers...)
	if m.IsIndex() {
		all = m.Manifests
	}
	if m.Subject != nil {
		all = append(all, *m.Subject)
	}
	lines := pairs(m.Annotations)
	for _, d := range all {
		lines = append(lines, pairs(d.Annotations)...)
		for _, u := range d.URLs {
			lines = append(lines, "urls="+u)
		}
	}
	x.report.Kind = KindManifest
	x.text("manifest:annotations", lines)
	for _, d := range all {
		if len(d.Data) > 0 { // content that the manifest carries itself
			x.bytes("manifest:data", d.Data)
		}
	}
}

// pairs are the entries of a map as KEY=VALUE, by key.
func pairs(m map[string]string) []string {
	var out []string
	for _, k := range slices.Sorted(maps.Keys(m)) {
		out = append(out, k+"="+m[k])
	}
	return out
}

// text inspects a part of a document, an item a line. Line ends within an item are
// written as \n and \r, so that the number of the line is that of the item.
func (x *inspection) text(path string, items []string) {
	if len(items) == 0 {
		return
	}
	var b bytes.Buffer
	for _, s := range items {
		_, _ = lineEnds.WriteString(&b, s) // a Buffer takes all
		b.WriteByte('\n')
	}
	x.bytes(path, b.Bytes())
}

var lineEnds = strings.NewReplacer("\n", `\n`, "\r", `\r`)

// bytes inspects a part of a document.
func (x *inspection) bytes(path string, b []byte) {
	x.report.Stats.Files++
	f := &File{Path: path, Type: Document, Mode: 0o644, Size: int64(len(b))}
	if err := x.inspectFile(f, bytes.NewReader(b)); err != nil {
		x.gaps.add(path, err.Error())
	}
}

// An outline is what a JSON document is made of.
type outline struct {
	top     map[string]json.Delim // the keys of the object, folded, and what opens their value; 0 for a scalar
	doubles []string              // keys that mean the same as another of their object, as paths
	leaves  []leaf                // the strings that are not empty, in order
}

// A leaf is a string in a document, and where: keys joined by dots, dots within a key
// escaped. Lists have no part in it.
type leaf struct{ path, value string }

// isConfig reports whether clients would take the document for an image config.
// Docker asks for rootfs; another runtime may do without.
func (o *outline) isConfig() bool {
	return o.top["rootfs"] == '{' || o.top["history"] == '[' || o.top["config"] == '{' && !o.isManifest()
}

// isManifest reports whether the document means to be a manifest.
func (o *outline) isManifest() bool {
	for _, key := range []string{"schemaversion", "layers", "manifests", "fslayers"} {
		if _, ok := o.top[key]; ok {
			return true
		}
	}
	return false
}

// except are the leaves outside of parts, as PATH=VALUE.
func (o *outline) except(parts []string) []string {
	var out []string
	for _, l := range o.leaves {
		low := strings.ToLower(l.path)
		if !slices.ContainsFunc(parts, func(p string) bool { return low == p || strings.HasPrefix(low, p+".") }) {
			out = append(out, l.path+"="+l.value)
		}
	}
	return out
}

var errTokens = errors.New("too many parts")
