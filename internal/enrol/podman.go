package enrol

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

const (
	registriesConf  = "/etc/containers/registries.conf"
	registriesConfD = "/etc/containers/registries.conf.d"
	// dropIn is read after all others, and what is read later holds:
	// https://github.com/containers/image/blob/main/docs/containers-registries.conf.d.5.md
	dropIn = registriesConfD + "/zzz-lazaret.conf"
)

// A registriesFile is what is read of registries.conf:
// https://github.com/containers/image/blob/main/docs/containers-registries.conf.5.md
type registriesFile struct {
	Registry []struct {
		Prefix   string
		Location string
		Mirror   []struct{ Location string }
	}
}

// podman plans a drop-in for registries.conf, which CRI-O reads as well.
func (p *planner) podman() error {
	if err := p.otherRegistries(); err != nil {
		return err
	}
	src, err := p.read(dropIn)
	if err != nil {
		return err
	}
	all, err := p.located(src)
	if err != nil {
		return fmt.Errorf("%s: not TOML: %w", dropIn, err)
	}
	var b strings.Builder
	b.WriteString("# Lazaret in the place of the registries themselves, and no mirror: with one, the registry\n# would be asked whenever Lazaret refuses. Written by lazaret enrol.\n")
	for _, name := range all {
		fmt.Fprintf(&b, "\n[[registry]]\nprefix = %q\nlocation = %q\n", name, p.location(name))
		if p.mirror.Scheme == "http" {
			b.WriteString("insecure = true\n")
		}
	}
	changed := p.write(dropIn, src, []byte(b.String()))
	if _, err := p.writeCA("/etc/containers/certs.d/" + p.mirror.Host + "/ca.crt"); err != nil {
		return err
	}
	if p.Client == CRIO {
		if changed {
			p.restart("systemctl reload crio")
		}
		return nil
	}
	p.note("Whoever pulls can bring a registries.conf of their own (~/.config/containers, CONTAINERS_REGISTRIES_CONF). Close the network.")
	return nil
}

// located are the names of the registries to locate at the mirror: those that are asked for, and
// those that an enrolment before has located there, podman's or CRI-O's, which share the file.
func (p *planner) located(before []byte) (out []string, err error) {
	for _, registry := range p.Registries {
		out = append(out, names(registry)...)
	}
	var f registriesFile
	if err := toml.Unmarshal(before, &f); err != nil {
		return nil, err
	}
	for _, r := range f.Registry {
		if r.Location == p.location(r.Prefix) && r.Prefix != "" && !slices.Contains(out, r.Prefix) {
			out = append(out, r.Prefix)
		}
	}
	return out, nil
}

// otherRegistries looks for settings that say where else a registry, or a part of it, is.
func (p *planner) otherRegistries() error {
	files := []string{registriesConf}
	more, err := p.list(registriesConfD)
	if err != nil {
		return err
	}
	for _, name := range more {
		if strings.HasSuffix(name, ".conf") {
			files = append(files, path.Join(registriesConfD, name))
		}
	}
	for _, name := range files {
		if name == dropIn {
			continue
		}
		src, err := p.read(name)
		if err != nil {
			return err
		}
		var f registriesFile
		if err := toml.Unmarshal(src, &f); err != nil {
			return fmt.Errorf("%s: not TOML: %w", name, err)
		}
		for _, r := range f.Registry {
			prefix := r.Prefix
			if prefix == "" {
				prefix = r.Location
			}
			if err := p.otherRegistry(name, prefix, r.Location, len(r.Mirror)); err != nil {
				return err
			}
		}
	}
	return nil
}

func (p *planner) otherRegistry(file, prefix, location string, mirrors int) error {
	for _, registry := range p.Registries {
		for _, name := range names(registry) {
			within := strings.HasPrefix(prefix, name+"/")
			to := location == name || strings.HasPrefix(location, name+"/")
			switch {
			case prefix == name && mirrors == 0 && location == p.location(name):
			case prefix == name && file > dropIn && path.Dir(file) == registriesConfD:
				return conflict("%s says where %q is, and is read after %s: take it out", file, name, dropIn)
			case prefix == name && p.Replace:
				p.note("What %s says of %q does not hold any more: %s says otherwise.", file, name, dropIn)
			case prefix == name:
				return conflict("%s says where %q is already; with --replace %s holds instead of it", file, name, dropIn)
			case within || to && location != p.location(name):
				return conflict("%s sends %q to %q, past Lazaret: take that [[registry]] out", file, prefix, location)
			}
		}
	}
	return nil
}
