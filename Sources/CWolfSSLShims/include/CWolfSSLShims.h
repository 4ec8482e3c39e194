#ifndef DUPLEXD_CWOLFSSLSHIMS_H
#define DUPLEXD_CWOLFSSLSHIMS_H

#include "../../CWolfSSL/wolfssl.h"
#include "certificate_facts.h"
#include "library_facts.h"
#include "library_memory.h"
#include "object_slots.h"
#include "record_opening.h"
#include "session_device.h"
#include "transport_window.h"
#include "ticket_keys.h"
#include "self_signed.h"

#endif
