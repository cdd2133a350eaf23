package forwarder

import (
	_ "embed"
	"fmt"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/inspect/internal/catalog"
)

//go:embed rules.yaml
var rulesYAML []byte

// The rules' ids, as the code knows them.
const (
	ruleConfig = "config"
	rulePage   = "page"
	ruleLaunch = "launch"

	ruleVariable = "variable"
	ruleTarget   = "target"
	ruleOnward   = "onward"
	ruleAddress  = "address"
	ruleSettings = "settings"
)

// data is rules.yaml.
type data struct {
	Roots      []string       `yaml:"roots"`
	Registries []string       `yaml:"registries"`
	Rules      []catalog.Rule `yaml:"rules"`
}

func read(b []byte) (*data, *catalog.Catalog, error) {
	d := &data{}
	c, err := catalog.Read(b, "forwarder", inspect.Forwarder, d, func() []catalog.Rule { return d.Rules }, ruleConfig, rulePage, ruleLaunch, ruleVariable, ruleTarget, ruleOnward, ruleAddress, ruleSettings)
	if err == nil && len(d.Roots) == 0 {
		err = fmt.Errorf("forwarder: no roots")
	}
	if err == nil && len(d.Registries) == 0 {
		err = fmt.Errorf("forwarder: no registries")
	}
	return d, c, err
}
