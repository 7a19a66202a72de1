"""企业通信管理台: a console in which companies provision and pay for their people's phones."""
