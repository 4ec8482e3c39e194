#ifndef DUPLEXD_CWOLFSSLSHIMS_H
#define DUPLEXD_CWOLFSSLSHIMS_H
#include "../../CWolfSSL/wolfssl.h"
#endif
