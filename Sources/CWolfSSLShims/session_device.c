#include "session_device.h"

_Thread_local int duplex_session_device = INVALID_DEVID;
