package signin

// words are what messages say in one language. {name} is the server, {code} the code.
type words struct {
	text    string // to a phone
	code    string
	link    string
	lasts   string
	ignore  string
	letters [phrases]letterWords
}

type letterWords struct{ subject, about string }

// catalogue is all that is sent, by language.
var catalogue = map[string]words{
	"en": {
		text:   "{code} is your code for {name}. It works for 5 minutes. Do not give it to anybody.",
		code:   "Enter this code:",
		link:   "Or open this link:",
		lasts:  "Each of them works once, within 5 minutes.",
		ignore: "If you did not ask for this, you need not do anything. {name} never asks you for a code on the phone or in a message.",
		letters: [...]letterWords{
			phraseSignIn:  {"Sign in to {name}", "You asked to sign in to {name}."},
			phraseSignUp:  {"Welcome to {name}", "You asked to open an account at {name} with this address."},
			phraseReset:   {"A new password for {name}", "You asked for a new password for {name}."},
			phraseContact: {"Confirm your address for {name}", "You asked to add this address to your account at {name}."},
			phraseKnown: {
				"Your account at {name}",
				"Somebody asked to open an account at {name} with this address. You have one already: sign in with it, or ask for a new password.\n\nIf that was not you, you need not do anything.",
			},
			phraseUnknown: {
				"Your request to {name}",
				"Somebody asked for a new password for {name} with this address. No account uses it: try another address, or open an account.\n\nIf that was not you, you need not do anything.",
			},
			phraseReplaced: {"Your password for {name} was replaced", "The password of your account at {name} was replaced just now, and every browser was signed out.\n\nIf that was not you, ask for a new password at once, and look at the addresses of your account."},
			phraseAdded:    {"An address was added to your account at {name}", "An address was added to your account at {name} just now. Whoever has it can sign in.\n\nIf that was not you, sign in, remove it and change your password."},
		},
	},
	"de": {
		text:   "{code} ist Ihr Code für {name}. Er gilt 5 Minuten. Geben Sie ihn niemandem.",
		code:   "Geben Sie diesen Code ein:",
		link:   "Oder öffnen Sie diesen Link:",
		lasts:  "Beides gilt einmal und 5 Minuten lang.",
		ignore: "Wenn Sie das nicht waren, brauchen Sie nichts zu tun. {name} fragt Sie nie am Telefon oder in einer Nachricht nach einem Code.",
		letters: [...]letterWords{
			phraseSignIn:  {"Anmelden bei {name}", "Sie möchten sich bei {name} anmelden."},
			phraseSignUp:  {"Willkommen bei {name}", "Sie möchten mit dieser Adresse ein Konto bei {name} eröffnen."},
			phraseReset:   {"Ein neues Passwort für {name}", "Sie möchten ein neues Passwort für {name}."},
			phraseContact: {"Bestätigen Sie Ihre Adresse für {name}", "Sie möchten diese Adresse Ihrem Konto bei {name} hinzufügen."},
			phraseKnown: {
				"Ihr Konto bei {name}",
				"Jemand wollte mit dieser Adresse ein Konto bei {name} eröffnen. Sie haben schon eines: Melden Sie sich damit an oder fordern Sie ein neues Passwort an.\n\nWenn Sie das nicht waren, brauchen Sie nichts zu tun.",
			},
			phraseUnknown: {
				"Ihre Anfrage an {name}",
				"Jemand wollte mit dieser Adresse ein neues Passwort für {name}. Kein Konto verwendet sie: Versuchen Sie es mit einer anderen Adresse oder eröffnen Sie ein Konto.\n\nWenn Sie das nicht waren, brauchen Sie nichts zu tun.",
			},
			phraseReplaced: {"Ihr Passwort für {name} wurde ersetzt", "Das Passwort Ihres Kontos bei {name} wurde gerade ersetzt und alle Browser wurden abgemeldet.\n\nWenn Sie das nicht waren, fordern Sie sofort ein neues Passwort an und sehen Sie sich die Adressen Ihres Kontos an."},
			phraseAdded:    {"Ihrem Konto bei {name} wurde eine Adresse hinzugefügt", "Ihrem Konto bei {name} wurde gerade eine Adresse hinzugefügt. Wer sie hat, kann sich anmelden.\n\nWenn Sie das nicht waren, melden Sie sich an, entfernen Sie sie und ändern Sie Ihr Passwort."},
		},
	},
	"fr": {
		text:   "{code} est votre code pour {name}. Il est valable 5 minutes. Ne le donnez à personne.",
		code:   "Saisissez ce code :",
		link:   "Ou ouvrez ce lien :",
		lasts:  "Chacun ne sert qu’une fois, pendant 5 minutes.",
		ignore: "Si ce n’était pas vous, vous n’avez rien à faire. {name} ne vous demande jamais de code par téléphone ni par message.",
		letters: [...]letterWords{
			phraseSignIn:  {"Connexion à {name}", "Vous avez demandé à vous connecter à {name}."},
			phraseSignUp:  {"Bienvenue sur {name}", "Vous avez demandé à ouvrir un compte sur {name} avec cette adresse."},
			phraseReset:   {"Un nouveau mot de passe pour {name}", "Vous avez demandé un nouveau mot de passe pour {name}."},
			phraseContact: {"Confirmez votre adresse pour {name}", "Vous avez demandé à ajouter cette adresse à votre compte sur {name}."},
			phraseKnown: {
				"Votre compte sur {name}",
				"Quelqu’un a demandé à ouvrir un compte sur {name} avec cette adresse. Vous en avez déjà un : connectez-vous, ou demandez un nouveau mot de passe.\n\nSi ce n’était pas vous, vous n’avez rien à faire.",
			},
			phraseUnknown: {
				"Votre demande à {name}",
				"Quelqu’un a demandé un nouveau mot de passe pour {name} avec cette adresse. Aucun compte ne l’utilise : essayez une autre adresse, ou ouvrez un compte.\n\nSi ce n’était pas vous, vous n’avez rien à faire.",
			},
			phraseReplaced: {"Votre mot de passe pour {name} a été remplacé", "Le mot de passe de votre compte sur {name} vient d’être remplacé, et tous les navigateurs ont été déconnectés.\n\nSi ce n’était pas vous, demandez tout de suite un nouveau mot de passe et vérifiez les adresses de votre compte."},
			phraseAdded:    {"Une adresse a été ajoutée à votre compte sur {name}", "Une adresse vient d’être ajoutée à votre compte sur {name}. Qui la détient peut se connecter.\n\nSi ce n’était pas vous, connectez-vous, retirez-la et changez votre mot de passe."},
		},
	},
	"es": {
		text:   "{code} es tu código para {name}. Vale durante 5 minutos. No se lo des a nadie.",
		code:   "Introduce este código:",
		link:   "O abre este enlace:",
		lasts:  "Cada uno sirve una sola vez, durante 5 minutos.",
		ignore: "Si no has sido tú, no tienes que hacer nada. {name} nunca te pide un código por teléfono ni por mensaje.",
		letters: [...]letterWords{
			phraseSignIn:  {"Inicia sesión en {name}", "Has pedido iniciar sesión en {name}."},
			phraseSignUp:  {"Te damos la bienvenida a {name}", "Has pedido abrir una cuenta en {name} con esta dirección."},
			phraseReset:   {"Una contraseña nueva para {name}", "Has pedido una contraseña nueva para {name}."},
			phraseContact: {"Confirma tu dirección para {name}", "Has pedido añadir esta dirección a tu cuenta de {name}."},
			phraseKnown: {
				"Tu cuenta de {name}",
				"Alguien ha pedido abrir una cuenta en {name} con esta dirección. Ya tienes una: inicia sesión con ella o pide una contraseña nueva.\n\nSi no has sido tú, no tienes que hacer nada.",
			},
			phraseUnknown: {
				"Tu solicitud a {name}",
				"Alguien ha pedido una contraseña nueva para {name} con esta dirección. Ninguna cuenta la usa: prueba con otra dirección o abre una cuenta.\n\nSi no has sido tú, no tienes que hacer nada.",
			},
			phraseReplaced: {"Tu contraseña de {name} se ha cambiado", "La contraseña de tu cuenta de {name} se acaba de cambiar y se ha cerrado la sesión en todos los navegadores.\n\nSi no has sido tú, pide enseguida una contraseña nueva y revisa las direcciones de tu cuenta."},
			phraseAdded:    {"Se ha añadido una dirección a tu cuenta de {name}", "Se acaba de añadir una dirección a tu cuenta de {name}. Quien la tenga puede iniciar sesión.\n\nSi no has sido tú, inicia sesión, quítala y cambia tu contraseña."},
		},
	},
	"ja": {
		text:   "{name}の確認コードは{code}です。有効期間は5分です。だれにも教えないでください。",
		code:   "次のコードを入力してください：",
		link:   "または、次のリンクを開いてください：",
		lasts:  "どちらも5分以内に1回だけ使えます。",
		ignore: "お心当たりがない場合は、何もする必要はありません。{name}が電話やメッセージでコードをお尋ねすることはありません。",
		letters: [...]letterWords{
			phraseSignIn:  {"{name}へのログイン", "{name}へのログインのご依頼を受け付けました。"},
			phraseSignUp:  {"{name}へようこそ", "このアドレスで{name}のアカウントを作成するご依頼を受け付けました。"},
			phraseReset:   {"{name}の新しいパスワード", "{name}の新しいパスワードのご依頼を受け付けました。"},
			phraseContact: {"{name}のアドレスの確認", "このアドレスを{name}のアカウントに追加するご依頼を受け付けました。"},
			phraseKnown: {
				"{name}のアカウントについて",
				"このアドレスで{name}のアカウントを作成しようとした方がいます。すでにアカウントをお持ちですので、そのままログインするか、新しいパスワードをご請求ください。\n\nお心当たりがない場合は、何もする必要はありません。",
			},
			phraseUnknown: {
				"{name}へのご依頼について",
				"このアドレスで{name}の新しいパスワードを請求した方がいます。このアドレスを使うアカウントはありません。別のアドレスをお試しになるか、アカウントを作成してください。\n\nお心当たりがない場合は、何もする必要はありません。",
			},
			phraseReplaced: {"{name}のパスワードが変更されました", "{name}のアカウントのパスワードが変更され、すべてのブラウザーからログアウトしました。\n\nお心当たりがない場合は、すぐに新しいパスワードを請求し、アカウントのアドレスをご確認ください。"},
			phraseAdded:    {"{name}のアカウントにアドレスが追加されました", "{name}のアカウントにアドレスが追加されました。そのアドレスをお持ちの方はログインできます。\n\nお心当たりがない場合は、ログインしてそのアドレスを削除し、パスワードを変更してください。"},
		},
	},
	"ar": {
		text:   "{code} هو رمزك لدى {name}. يعمل لمدة 5 دقائق. لا تعطه لأحد.",
		code:   "أدخل هذا الرمز:",
		link:   "أو افتح هذا الرابط:",
		lasts:  "يعمل كل منهما مرة واحدة خلال 5 دقائق.",
		ignore: "إذا لم تطلب ذلك فلا داعي لأن تفعل شيئًا. لا يطلب {name} منك رمزًا أبدًا عبر الهاتف أو في رسالة.",
		letters: [...]letterWords{
			phraseSignIn:  {"تسجيل الدخول إلى {name}", "لقد طلبت تسجيل الدخول إلى {name}."},
			phraseSignUp:  {"مرحبًا بك في {name}", "لقد طلبت فتح حساب لدى {name} بهذا العنوان."},
			phraseReset:   {"كلمة مرور جديدة لدى {name}", "لقد طلبت كلمة مرور جديدة لدى {name}."},
			phraseContact: {"تأكيد عنوانك لدى {name}", "لقد طلبت إضافة هذا العنوان إلى حسابك لدى {name}."},
			phraseKnown: {
				"حسابك لدى {name}",
				"طلب شخص ما فتح حساب لدى {name} بهذا العنوان. لديك حساب بالفعل: سجّل الدخول به، أو اطلب كلمة مرور جديدة.\n\nإذا لم تكن أنت، فلا داعي لأن تفعل شيئًا.",
			},
			phraseUnknown: {
				"طلبك لدى {name}",
				"طلب شخص ما كلمة مرور جديدة لدى {name} بهذا العنوان. لا يستخدمه أي حساب: جرّب عنوانًا آخر، أو افتح حسابًا.\n\nإذا لم تكن أنت، فلا داعي لأن تفعل شيئًا.",
			},
			phraseReplaced: {"تم تغيير كلمة مرورك لدى {name}", "تم للتو تغيير كلمة مرور حسابك لدى {name}، وسُجّل الخروج من جميع المتصفحات.\n\nإذا لم تكن أنت، فاطلب كلمة مرور جديدة فورًا وراجع عناوين حسابك."},
			phraseAdded:    {"أُضيف عنوان إلى حسابك لدى {name}", "أُضيف للتو عنوان إلى حسابك لدى {name}. يستطيع من يملكه تسجيل الدخول.\n\nإذا لم تكن أنت، فسجّل الدخول واحذفه وغيّر كلمة مرورك."},
		},
	},
}
