package masterkey_test

// What was sealed, wrapped and digested under key A when the format was fixed.
const (
	frozenWrapped = "CgKwA8Zu/Myby+RtHuD7p4wwCDnhvjas9fyUmq2BqWIMsm46tD3BblsXe/7UQOOyMgYLpaM7igavMpNlSDCuDA=="
	frozenWithKey = "eli6rQ7ZWbGrGbwba711+trRcOFOk3sUD3aNhwrrJiWAiOKVID+NAnviIMD7cLuXeQZlKob0IQM2vKg="
	frozenSealed  = "CgKwA8YRYRKTx+0xe38VYxM1me9uigFjMCL7Zg6/dUfixWpMFpadvTnvuEdC6g8MvtI+BzaOS7xWW90="
	frozenDigest  = "jMiBRBHWDtFAIVF+fFnHPvarvrlt2qtkkGht07RuLLY="
	frozenCheck   = "0a02b003.rh-N-cqV3JhZQWWbhYlLS-_mGDIqxfBMkm0CDloxmDA"
)
