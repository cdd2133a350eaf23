package written

import (
	"archive/tar"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/lazaret/lazaret/internal/testimage"
)

// parse reads an image. Its first line is the title. Then lines as of a Dockerfile:
//
//	NAME repository    OR category
//	ENTRYPOINT, CMD, HEALTHCHECK, ONBUILD: a JSON list, or a line for a shell
//	ENV K=V   LABEL K=V   USER name   HISTORY what a layer or setting was made by
//
// and then files: "--- path [mode]" with the body below it, "--- path -> target" for a
// symbolic link, "--- path => target" for a hard link. A line "+++ [made by]" begins
// another layer.
func parse(text string) (Image, error) {
	title, rest, _ := strings.Cut(text, "\n")
	img := Image{Title: strings.TrimSpace(title), Repository: "someone/app", Spec: testimage.Clean(title, 2000)}
	img.Spec.Entrypoint, img.Spec.Cmd, img.Spec.ExtraHistory = nil, nil, nil
	layer := testimage.Layer{Compression: "gzip", CreatedBy: "COPY . / # buildkit"}
	var file *testimage.File
	var body []string
	endFile := func() {
		if file == nil {
			return
		}
		file.Body = []byte(unescape(strings.Join(body, "\n")))
		if len(body) > 0 && len(file.Body) > 0 && file.Type == 0 {
			file.Body = append(file.Body, '\n')
		}
		layer.Files = append(layer.Files, *file)
		file, body = nil, nil
	}
	endLayer := func(next string) {
		endFile()
		if len(layer.Files) > 0 {
			img.Spec.Layers = append(img.Spec.Layers, layer)
		}
		layer = testimage.Layer{Compression: "gzip", CreatedBy: next}
	}
	for _, line := range strings.Split(strings.TrimRight(rest, "\n"), "\n") {
		switch {
		case strings.HasPrefix(line, "--- "):
			endFile()
			f, err := entry(line[4:])
			if err != nil {
				return img, err
			}
			file = &f
		case strings.HasPrefix(line, "+++"):
			endLayer(strings.TrimSpace(line[3:]))
		case file != nil:
			body = append(body, line)
		case strings.TrimSpace(line) == "":
		default:
			if err := img.instruction(line); err != nil {
				return img, err
			}
		}
	}
	endLayer("")
	return img, nil
}

// entry reads what follows "---".
func entry(s string) (testimage.File, error) {
	if p, target, ok := strings.Cut(s, " -> "); ok {
		return testimage.File{Path: p, Type: tar.TypeSymlink, Link: target, Mode: 0o777}, nil
	}
	if p, target, ok := strings.Cut(s, " => "); ok {
		return testimage.File{Path: p, Type: tar.TypeLink, Link: target}, nil
	}
	p, mode, ok := strings.Cut(s, " ")
	f := testimage.File{Path: p}
	if ok {
		m, err := strconv.ParseInt(mode, 8, 64)
		if err != nil {
			return f, fmt.Errorf("mode of %s: %w", p, err)
		}
		f.Mode = m
	}
	return f, nil
}

// instruction takes a line above the files.
func (img *Image) instruction(line string) error {
	word, rest, _ := strings.Cut(line, " ")
	s := &img.Spec
	var err error
	switch word {
	case "NAME":
		img.Repository = rest
	case "OR":
		img.Or = categoryOf(rest)
	case "ENTRYPOINT":
		s.Entrypoint, err = command(rest)
	case "CMD":
		s.Cmd, err = command(rest)
	case "HEALTHCHECK":
		if s.Healthcheck, err = command(rest); err == nil && len(s.Healthcheck) == 3 && s.Healthcheck[0] == "/bin/sh" {
			s.Healthcheck = []string{"CMD-SHELL", rest}
		} else if err == nil {
			s.Healthcheck = append([]string{"CMD"}, s.Healthcheck...)
		}
	case "ONBUILD":
		s.OnBuild = append(s.OnBuild, rest)
	case "ENV":
		s.Env = append(s.Env, rest)
	case "LABEL":
		k, v, _ := strings.Cut(rest, "=")
		if s.Labels == nil {
			s.Labels = map[string]string{}
		}
		s.Labels[k] = v
	case "USER":
		s.User = rest
	case "HISTORY":
		s.ExtraHistory = append(s.ExtraHistory, rest)
	default:
		return fmt.Errorf("no instruction %q", word)
	}
	return err
}

// command is what a Dockerfile's argument becomes in a config.
func command(s string) ([]string, error) {
	if !strings.HasPrefix(s, "[") {
		return []string{"/bin/sh", "-c", s}, nil
	}
	var list []string
	if err := json.Unmarshal([]byte(s), &list); err != nil {
		return nil, fmt.Errorf("%s: %w", s, err)
	}
	return list, nil
}
