package doctor

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"path"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"github.com/lazaret/lazaret/policy"
)

// A registry is a [[registry]] of registries.conf, in the words of podman info as well:
// https://github.com/containers/image/blob/main/docs/containers-registries.conf.5.md
type registry struct {
	Prefix             string   `json:"Prefix" toml:"prefix"`
	Location           string   `json:"Location" toml:"location"`
	Insecure           bool     `json:"Insecure" toml:"insecure"`
	Blocked            bool     `json:"Blocked" toml:"blocked"`
	MirrorByDigestOnly bool     `json:"MirrorByDigestOnly" toml:"mirror-by-digest-only"`
	Mirrors            []mirror `json:"Mirrors" toml:"mirror"`
}

type mirror struct {
	Location       string `json:"Location" toml:"location"`
	Insecure       bool   `json:"Insecure" toml:"insecure"`
	PullFromMirror string `json:"PullFromMirror" toml:"pull-from-mirror"`
}

// podman opens podman, which tells its effective registries itself.
func podman(ctx context.Context, x *exam) {
	text, err := x.Runner.Run(ctx, "podman", "info", "--format", "json")
	var info struct {
		Registries map[string]json.RawMessage `json:"registries"`
		Version    struct{ Version string }   `json:"version"`
	}
	if at := strings.Index(text, "{"); at >= 0 && err == nil {
		err = json.NewDecoder(strings.NewReader(text[at:])).Decode(&info)
	}
	if err != nil {
		x.settings(Unknown, "mend what podman info complains of", "podman does not tell its settings: %s", lastLine(text))
		return
	}
	x.engine.Version = info.Version.Version
	var all []registry
	for name, raw := range info.Registries {
		var r registry
		if name == "search" || json.Unmarshal(raw, &r) != nil {
			continue // a list of names is no registry
		}
		if r.Prefix == "" {
			r.Prefix = name
		}
		all = append(all, r)
	}
	x.registries(all)
	x.userRegistries()
	x.pulls = &puller{
		pull: func(ctx context.Context, reference string) (string, error) {
			return x.Runner.Run(ctx, "podman", "pull", reference)
		},
		left: func(ctx context.Context) (string, error) {
			return x.Runner.Run(ctx, "podman", "images", "--all", "--format", "{{.Repository}}:{{.Tag}}", "--filter", "reference=*/"+policy.Canary)
		},
		remove: func(ctx context.Context) {
			for _, tag := range []string{"manifest", "stream"} {
				_, _ = x.Runner.Run(ctx, "podman", "rmi", "docker.io/"+policy.Canary+":"+tag) // mostly it is not there
			}
		},
	}
}

// userRegistries says what users can do.
func (x *exam) userRegistries() {
	if x.hubOpen() {
		x.settings(Bypassable, x.enrol("--close hub"), "whoever pulls can bring a registries.conf of their own, and the way to Docker Hub is open")
	}
}

// crio opens CRI-O, by the files that it reads and by crictl.
func crio(ctx context.Context, x *exam) {
	if text, err := x.Runner.Run(ctx, "crio", "--version"); err == nil {
		x.engine.Version = strings.TrimPrefix(firstLine(text), "crio version ")
	}
	all, err := readRegistries(x.Files)
	if err != nil {
		x.settings(Unknown, "mend that file", "%s", err)
	} else {
		x.registries(all)
	}
	if !x.Runner.Find("crictl") {
		x.note("canary", Unknown, "there is no crictl to pull by", "install crictl")
		return
	}
	run := func(ctx context.Context, args ...string) (string, error) {
		return x.Runner.Run(ctx, "crictl", append([]string{"--runtime-endpoint", "unix:///var/run/crio/crio.sock"}, args...)...)
	}
	if text, err := run(ctx, "version"); err != nil {
		x.note("canary", Unknown, "CRI-O does not answer: "+lastLine(text), "start it, and run the doctor as one who may ask it")
		return
	}
	x.pulls = &puller{
		pull: func(ctx context.Context, reference string) (string, error) { return run(ctx, "pull", reference) },
		left: func(ctx context.Context) (string, error) {
			images, err := run(ctx, "images", "--output", "json")
			if err != nil {
				return "", errors.New(lastLine(images))
			}
			if strings.Contains(images, policy.Canary) {
				return policy.Canary, nil
			}
			return "", nil
		},
		remove: func(ctx context.Context) {
			for _, tag := range []string{"manifest", "stream"} {
				_, _ = run(ctx, "rmi", "docker.io/"+policy.Canary+":"+tag) // mostly it is not there
			}
		},
	}
}

// readRegistries reads registries.conf and what is put beside it: of one prefix, what is read last holds.
func readRegistries(files fs.FS) ([]registry, error) {
	names := []string{"etc/containers/registries.conf"}
	const dir = "etc/containers/registries.conf.d"
	entries, err := fs.ReadDir(files, dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".conf") {
			names = append(names, path.Join(dir, e.Name()))
		}
	}
	by := map[string]registry{}
	for _, name := range names {
		b, err := fs.ReadFile(files, name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		var f struct {
			Registry []registry `toml:"registry"`
		}
		if err == nil {
			err = toml.Unmarshal(b, &f)
		}
		if err != nil {
			return nil, errors.New("/" + name + " cannot be read: " + lastLine(err.Error()))
		}
		for _, r := range f.Registry {
			if r.Prefix == "" {
				r.Prefix = r.Location
			}
			by[r.Prefix] = r
		}
	}
	var out []registry
	for _, r := range by {
		out = append(out, r)
	}
	return out, nil
}

// registries judges where each registry is located.
func (x *exam) registries(all []registry) {
	for _, name := range x.Registries {
		found := false
		for _, r := range all {
			switch {
			case r.Prefix == name:
				found = true
				x.located(name, r)
			case strings.HasPrefix(r.Prefix, name+"/") && !x.at(r.Location):
				x.settings(Bypassable, "take that [[registry]] out", "%s is sent to %s, past Lazaret", r.Prefix, r.Location)
			}
		}
		if !found {
			x.settings(Bypassable, x.enrol(""), "no [[registry]] says where %s is: it is asked itself", name)
		}
	}
}

func (x *exam) located(name string, r registry) {
	if r.Location == "" {
		r.Location = r.Prefix
	}
	if len(r.Mirrors) == 0 {
		if r.Location != name {
			x.mirrors = append(x.mirrors, scheme(r.Insecure)+r.Location)
		}
	}
	for _, m := range r.Mirrors {
		x.mirrors = append(x.mirrors, scheme(m.Insecure)+m.Location)
	}
	if x.mirror == "" {
		return // it is being looked for
	}
	for _, m := range r.Mirrors {
		if !x.at(m.Location) {
			x.settings(Bypassable, x.enrol("--replace"), "%s has another mirror than Lazaret: %s", name, m.Location)
			return
		}
	}
	partial := r.MirrorByDigestOnly
	for _, m := range r.Mirrors {
		partial = partial || m.PullFromMirror != "" && m.PullFromMirror != "all"
	}
	switch {
	case len(r.Mirrors) == 0 && r.Blocked:
		x.settings(Enforced, "", "%s is blocked", name)
	case len(r.Mirrors) == 0 && x.at(r.Location):
		x.settings(Enforced, "", "%s is located at Lazaret, without a mirror", name)
	case len(r.Mirrors) == 0:
		x.settings(Bypassable, x.enrol("--replace"), "%s is located at %s, which is not Lazaret", name, r.Location)
	case partial:
		x.settings(Bypassable, x.enrol("--replace"), "Lazaret is a mirror of %s for some pulls alone (pull-from-mirror is not all): the others ask it itself", name)
	case r.Blocked:
		x.settings(Enforced, "", "%s itself is blocked, and Lazaret is its mirror", name)
	case x.at(r.Location):
		x.settings(Enforced, "", "%s is located at Lazaret", name)
	case x.hubOpen():
		x.settings(Bypassable, x.enrol("--replace"), "Lazaret is a mirror of %s, which is asked itself whenever Lazaret refuses", name)
	default:
		x.settings(Enforced, "", "Lazaret is a mirror of %s, and the way to it is closed", name)
	}
}

// scheme is how a location is asked.
func scheme(insecure bool) string {
	if insecure {
		return "http://"
	}
	return "https://"
}

// at reports whether a location is Lazaret, or in it.
func (x *exam) at(location string) bool {
	_, host, _ := strings.Cut(x.mirror, "://")
	return host != "" && (strings.EqualFold(location, host) || strings.HasPrefix(strings.ToLower(location), strings.ToLower(host)+"/"))
}
