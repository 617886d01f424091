;;; dap-test.el --- llmspell dap, driven by Emacs dap-mode  -*- lexical-binding: t -*-

;;; Commentary:

;; dap-mode is a debug client that knows nothing of llmspell: what it shows
;; here is what a person in Emacs sees.  Run it through run.sh, which sets
;; the binary on PATH and a home folder that may be thrown away.

;;; Code:

(when (fboundp 'package-activate-all) (package-activate-all))
(require 'cl-lib)
(require 'ert)

(setq make-backup-files nil
      create-lockfiles nil
      dap-auto-configure-features nil
      dap-auto-show-output nil)

(defconst dap-test-folder
  (expand-file-name "../scripts/" (file-name-directory (or load-file-name buffer-file-name))))

(defconst dap-test-deadline 120
  "Seconds that an event may take before a test fails.")

(defun dap-test-forms (document)
  "The forms of DOCUMENT, a path from the root, that set dap-mode up."
  (with-temp-buffer
    (insert-file-contents (expand-file-name (concat "../../../" document) dap-test-folder))
    (unless (re-search-forward "^```elisp\n\\(\\(?:.*\n\\)*?.*dap-register-debug-provider\\(?:.*\n\\)*?\\)```" nil t)
      (error "%s does not register the provider" document))
    (car (read-from-string (concat "(" (match-string 1) ")")))))

;; Nothing but the documentation loads dap-mode: it must have all that it needs.
(dolist (form (dap-test-forms "docs/editors.md"))
  (eval form t))

(defun dap-test-wait (what predicate)
  "Wait until PREDICATE holds and return its value; WHAT names it in the error."
  (let ((end (+ (float-time) dap-test-deadline)) value)
    (while (and (not (setq value (funcall predicate))) (< (float-time) end))
      (accept-process-output nil 0.02))
    (or value (ert-fail (format "not within %s s: %s" dap-test-deadline what)))))

(defun dap-test-prepare (script lines &optional conditions)
  "Visit SCRIPT, with breakpoints on LINES, and return its path.
CONDITIONS are their conditions, nil for none."
  (dap-breakpoint-delete-all)
  (let ((program (expand-file-name script dap-test-folder)))
    (find-file program)
    (dolist (line lines)
      (goto-char (point-min))
      (forward-line (1- line))
      (dap-breakpoint-add)
      (when-let ((condition (pop conditions)))
        (cl-letf (((symbol-function 'read-string) (lambda (&rest _) condition)))
          (dap-breakpoint-condition buffer-file-name (dap--get-breakpoint-at-point)))))
    program))

(defun dap-test-start (script lines &rest conditions)
  "Debug SCRIPT with breakpoints on LINES.
CONDITIONS are their conditions, nil for none."
  (let ((program (dap-test-prepare script lines conditions)))
    (dap-debug (list :type "llmspell" :request "launch" :name script
                     :program program :cwd dap-test-folder))))

(defun dap-test-frame ()
  "The frame that dap-mode shows, nil while the script runs."
  (when-let ((session (dap--cur-session)))
    (dap--debug-session-active-frame session)))

(defun dap-test-stopped-at (line)
  "Wait until the shown frame stands at LINE, and so does point."
  (dap-test-wait (format "a stop at line %d" line)
                 (lambda () (when-let ((frame (dap-test-frame))) (= line (gethash "line" frame)))))
  (should (= line (with-current-buffer (window-buffer) (line-number-at-pos)))))

(defun dap-test-request (command &rest arguments)
  "Send COMMAND with the plist ARGUMENTS; return the body of the response."
  (apply #'dap-request (dap--cur-session) command arguments))

(defun dap-test-locals ()
  "The variables of the first scope of the shown frame, as name=value."
  (let* ((scopes (dap-test-request "scopes" :frameId (gethash "id" (dap-test-frame))))
         (scope (car (append (gethash "scopes" scopes) nil)))
         (body (dap-test-request "variables" :variablesReference (gethash "variablesReference" scope))))
    (mapcar (lambda (v) (concat (gethash "name" v) "=" (gethash "value" v)))
            (append (gethash "variables" body) nil))))

(defun dap-test-stack ()
  "The lines of the stack, innermost first."
  (let ((body (dap-test-request "stackTrace"
                                :threadId (dap--debug-session-thread-id (dap--cur-session)))))
    (mapcar (lambda (frame) (gethash "line" frame)) (append (gethash "stackFrames" body) nil))))

(defun dap-test-output ()
  "What the script has printed, as dap-mode shows it."
  (with-current-buffer (dap--debug-session-output-buffer (dap--cur-session))
    (buffer-string)))

(defun dap-test-finish ()
  "Let the script run to its end."
  (let ((session (dap--cur-session)))
    (dap-continue session (dap--debug-session-thread-id session))
    (dap-test-wait "the end of the session"
                   (lambda () (eq 'terminated (dap--debug-session-state session))))))

(ert-deftest dap-test-breakpoint-and-variables ()
  (dap-test-start "order.lua" '(13))
  (dap-test-stopped-at 13)
  (should (equal (dap-test-locals) '("item=\"apple\"" "quantity=3" "price=30" "sum=90")))
  (should (equal (dap-test-stack) '(13 16)))
  (let ((marks (gethash (expand-file-name "order.lua" dap-test-folder)
                        (dap--debug-session-breakpoints (dap--cur-session)))))
    (should (eq t (gethash "verified" (elt marks 0)))))
  ;; The breakpoint stops the second call of the function as well.
  (dap-continue (dap--cur-session) (dap--debug-session-thread-id (dap--cur-session)))
  (dap-test-wait "the second stop" (lambda () (and (dap-test-frame) (member "sum=90" (dap-test-locals)))))
  (should (member "item=\"pear\"" (dap-test-locals)))
  (dap-test-finish)
  (should (string-match-p "total\t180" (dap-test-output))))

(ert-deftest dap-test-readme ()
  (dap-test-prepare "loop.lua" '(4))
  (let ((forms (dap-test-forms "README.md")))
    ;; They are loaded here already, and are not for who begins with the README.
    (should (member '(require 'dap-mode) forms))
    (should (member '(require 'dap-ui) forms))
    (dolist (form forms)
      (eval form t)))
  (dap-test-stopped-at 4)
  (dap-breakpoint-delete-all)
  (dap-test-finish))

(ert-deftest dap-test-steps ()
  (dap-test-start "order.lua" '(16))
  (dap-test-stopped-at 16)
  (dap-step-in (dap--cur-session))
  (dap-test-stopped-at 10)
  (dap-next (dap--cur-session))
  (dap-test-stopped-at 11)
  (should (member "price=30" (dap-test-locals)))
  (dap-step-out (dap--cur-session))
  (dap-test-wait "the main chunk" (lambda () (and (dap-test-frame) (= 1 (length (dap-test-stack))))))
  (dap-test-finish))

(ert-deftest dap-test-condition ()
  (dap-test-start "loop.lua" '(4) "n == 7")
  (dap-test-stopped-at 4)
  (should (member "n=7" (dap-test-locals)))
  (dap-test-finish)
  (should (string-match-p "sum\t55" (dap-test-output))))

(ert-deftest dap-test-evaluate ()
  (dap-test-start "order.lua" '(19))
  (dap-test-stopped-at 19)
  (let ((body (dap-test-request "evaluate" :expression "first + second" :context "watch"
                                :frameId (gethash "id" (dap-test-frame)))))
    (should (equal "180" (gethash "result" body))))
  (dap-test-finish))

(ert-deftest dap-test-uncaught-error ()
  (dap-test-start "fail.lua" '(7))
  (dap-test-stopped-at 7)
  ;; dap-mode chooses the filters that the adapter marks as default.
  (dap-continue (dap--cur-session) (dap--debug-session-thread-id (dap--cur-session)))
  (dap-test-wait "the stop at the error"
                 (lambda () (when-let ((frame (dap-test-frame))) (member 3 (dap-test-stack)))))
  (dap-test-finish)
  (should (string-match-p "no stock of apples" (dap-test-output))))

;;; dap-test.el ends here
