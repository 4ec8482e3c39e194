#ifndef DUPLEXD_CWOLFSSLSHIMS_H
#define DUPLEXD_CWOLFSSLSHIMS_H

#include "../../CWolfSSL/wolfssl.h"
#include "library_facts.h"
#include "transport_window.h"
#include "ticket_keys.h"

#endif
