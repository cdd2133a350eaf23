package enrol

import "fmt"

const buildkitdTOML = "/etc/buildkit/buildkitd.toml"

// buildkit plans buildkitd.toml:
// https://github.com/moby/buildkit/blob/master/docs/buildkitd.toml.md
func (p *planner) buildkit() error {
	src, err := p.read(buildkitdTOML)
	if err != nil {
		return err
	}
	cfg, err := decodeTOML(src)
	if err != nil {
		return fmt.Errorf("%s: %w", buildkitdTOML, err)
	}
	var edits []tomlEdit
	for _, registry := range p.Registries {
		for _, name := range names(registry) {
			mirrors, _ := lookUp(cfg, []string{"registry", name, "mirrors"})
			list, _ := mirrors.([]any)
			for _, m := range list {
				if m != p.location(name) && !p.Replace {
					return conflict("%s has another mirror of %s, %v, by which images come past Lazaret; --replace takes it out", buildkitdTOML, name, m)
				}
			}
			edits = append(edits, tomlEdit{[]string{"registry", name}, "mirrors", []string{p.location(name)}})
		}
	}
	ca, err := p.writeCA("/etc/buildkit/lazaret-ca.crt")
	if err != nil {
		return err
	}
	own := []string{"registry", p.mirror.Host}
	if ca != "" {
		edits = append(edits, tomlEdit{own, "ca", []string{ca}})
	}
	if p.mirror.Scheme == "http" {
		edits = append(edits, tomlEdit{own, "http", true})
	}
	after, err := editTOML(src, edits...)
	if err != nil {
		return fmt.Errorf("%s: %w", buildkitdTOML, err)
	}
	if p.write(buildkitdTOML, src, after) {
		p.restart("systemctl restart buildkit")
	}
	p.note("buildkitd asks the registry itself whenever a mirror does not give an image, and no setting keeps it from that. Close the network.")
	return nil
}
