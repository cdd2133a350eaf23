package enrol

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"

	"gopkg.in/yaml.v3"
)

const (
	k3sRegistries = "/etc/rancher/k3s/registries.yaml"
	k3sConfig     = "/etc/rancher/k3s/config.yaml.d/lazaret.yaml"
)

// k3s plans registries.yaml: https://docs.k3s.io/installation/private-registry
func (p *planner) k3s() error {
	src, err := p.read(k3sRegistries)
	if err != nil {
		return err
	}
	ca, err := p.writeCA("/etc/rancher/k3s/lazaret-ca.crt")
	if err != nil {
		return err
	}
	after, err := p.k3sMirrors(src, ca)
	if err != nil {
		return fmt.Errorf("%s: %w", k3sRegistries, err)
	}
	changed := p.write(k3sRegistries, src, after)
	if noFallback(p.Version) {
		old, err := p.read(k3sConfig)
		if err != nil {
			return err
		}
		changed = p.write(k3sConfig, old, []byte("# Without this, containerd asks a registry itself whenever Lazaret refuses. Written by\n# lazaret enrol.\ndisable-default-registry-endpoint: true\n")) || changed
	} else {
		which := "k3s " + p.Version.String()
		if !p.Version.Known() {
			which = "k3s, of a version that is not known (--engine-version says it),"
		}
		p.note("%s asks a registry itself whenever a mirror does not give an image (disable-default-registry-endpoint is there from 1.26.13, 1.27.10, 1.28.6 and 1.29.1 on). Close the network.", which)
	}
	if changed {
		p.restart("systemctl restart k3s (or k3s-agent)")
	}
	return nil
}

// noFallback reports whether k3s has disable-default-registry-endpoint.
func noFallback(v Version) bool {
	first := map[int]int{26: 13, 27: 10, 28: 6, 29: 1}
	if patch, ok := first[v.Minor]; ok && v.Major == 1 {
		return v.Patch >= patch
	}
	return v.AtLeast(1, 30, 0)
}

// k3sMirrors sets the mirror's entries and leaves the others, comments included.
func (p *planner) k3sMirrors(src []byte, ca string) ([]byte, error) {
	doc, err := parseYAML(src)
	if err != nil {
		return nil, err
	}
	before := bytes.Clone(src)
	changed := false
	for _, registry := range p.Registries {
		for _, name := range names(registry) {
			if err := ownEndpoint(doc, name); err != nil {
				return nil, err
			}
			list, err := yamlAt(doc, "mirrors", name, "endpoint")
			if err != nil {
				return nil, err
			}
			var have []string
			if err := list.Decode(&have); err != nil && list.Kind != 0 {
				return nil, conflict("the endpoint of mirror %q is no list of URLs", name)
			}
			if len(p.otherMirrors(have)) > 0 && !p.Replace {
				return nil, conflict("%q has other endpoints (%v), by which images come past Lazaret; --replace takes them out", name, p.otherMirrors(have))
			}
			if !slices.Equal(have, []string{p.mirror.String()}) {
				*list = yaml.Node{Kind: yaml.SequenceNode, Content: []*yaml.Node{{Kind: yaml.ScalarNode, Style: yaml.DoubleQuotedStyle, Value: p.mirror.String()}}}
				changed = true
			}
		}
	}
	if ca != "" {
		file, err := yamlAt(doc, "configs", p.mirror.Host, "tls", "ca_file")
		if err != nil {
			return nil, err
		}
		if file.Value != ca {
			*file = yaml.Node{Kind: yaml.ScalarNode, Value: ca}
			changed = true
		}
	}
	if !changed {
		return before, nil
	}
	var b bytes.Buffer
	enc := yaml.NewEncoder(&b)
	enc.SetIndent(2)
	if err := errors.Join(enc.Encode(doc), enc.Close()); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// ownEndpoint looks for settings of a registry itself. Of one that has some k3s keeps an endpoint, whatever
// disable-default-registry-endpoint says: getHostConfigs in its pkg/agent/containerd/config.go.
func ownEndpoint(doc *yaml.Node, registry string) error {
	var have struct{ Configs map[string]yaml.Node }
	if err := doc.Decode(&have); err != nil {
		return conflict("%v", err)
	}
	if _, ok := have.Configs[registry]; ok {
		return conflict("configs has %q, for which k3s asks that registry itself whenever Lazaret refuses. Take it out: a login to the registry is Lazaret's affair", registry)
	}
	return nil
}

// parseYAML reads a file of one mapping; nothing is an empty one.
func parseYAML(src []byte) (*yaml.Node, error) {
	doc := &yaml.Node{}
	dec := yaml.NewDecoder(bytes.NewReader(src))
	err := dec.Decode(doc)
	switch {
	case errors.Is(err, io.EOF):
		return &yaml.Node{Kind: yaml.DocumentNode, Content: []*yaml.Node{{Kind: yaml.MappingNode}}}, nil
	case err != nil:
		return nil, fmt.Errorf("not YAML: %w", err)
	}
	if !errors.Is(dec.Decode(&yaml.Node{}), io.EOF) {
		return nil, conflict("there is more than one document in it")
	}
	return doc, nil
}

// yamlAt returns the node at a path of mappings, which it makes if need be; its kind is 0 if
// it was not there.
func yamlAt(doc *yaml.Node, keys ...string) (*yaml.Node, error) {
	n := doc.Content[0]
	for _, k := range keys {
		if n.Kind == 0 || n.Kind == yaml.ScalarNode && n.Tag == "!!null" {
			*n = yaml.Node{Kind: yaml.MappingNode, HeadComment: n.HeadComment, LineComment: n.LineComment, FootComment: n.FootComment}
		}
		if n.Kind != yaml.MappingNode {
			return nil, conflict("what holds %q is no mapping of its own (an alias, or another kind): write it out", k)
		}
		at := slices.IndexFunc(n.Content, func(c *yaml.Node) bool { return c.Value == k })
		for at > 0 && at%2 == 1 { // a value that reads like the key
			next := slices.IndexFunc(n.Content[at+1:], func(c *yaml.Node) bool { return c.Value == k })
			if next < 0 {
				at = -1
				break
			}
			at += 1 + next
		}
		if at < 0 {
			n.Content = append(n.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: k}, &yaml.Node{})
			at = len(n.Content) - 2
		}
		n = n.Content[at+1]
	}
	return n, nil
}
