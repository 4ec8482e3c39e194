// HardwareCrypto
