package enrol

import (
	"bytes"
	_ "embed"
	"fmt"
	"strings"
	"text/template"
)

//go:embed kubernetes.yaml.tmpl
var kubernetesTemplate string

// kubernetes makes manifests that enrol the containerd of each node, and that keep pods which
// build or pull images themselves from Docker Hub.
func (p *planner) kubernetes() error {
	if p.Image == "" {
		return fmt.Errorf("the DaemonSet needs an image of Lazaret: --image says which")
	}
	if strings.ContainsAny(p.Image, " \"'\\\n{}") {
		return fmt.Errorf("%.80q is not a reference to an image", p.Image)
	}
	t, err := template.New("").Parse(kubernetesTemplate)
	if err != nil {
		return err
	}
	version := ""
	if p.Version.Known() {
		version = p.Version.String()
	}
	var b bytes.Buffer
	err = t.Execute(&b, map[string]any{
		"Mirror": p.mirror.String(), "Port": p.port(), "Image": p.Image, "Version": version, "Registries": p.Registries, "Replace": p.Replace,
		"CA": strings.Split(strings.TrimSpace(string(p.CA)), "\n"), "HasCA": p.CA != nil, "Addrs": p.Addrs,
	})
	if err != nil {
		return err
	}
	p.plan.Manifest = b.String()
	if version == "" {
		p.note("On a node without a config.toml the pod fails: --engine-version, the version of the nodes' containerd, lets it write one.")
	}
	p.note("A node whose config.toml had no config_path pulls past Lazaret until its containerd is restarted: systemctl restart containerd. hosts.toml alone acts at once.")
	p.note("A NetworkPolicy acts on pods, not on the node's own containerd: close the nodes' network as well (lazaret enrol --client containerd --close hub on the node).")
	if len(p.Addrs) == 0 {
		p.note("The mirror's name has no address here, so that the NetworkPolicy lets pods reach its port anywhere: write its address in.")
	}
	return nil
}
