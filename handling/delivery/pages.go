package delivery

import "tongban/kernel/web"

func (m *Module) routes() []web.Route { return nil }
