;;; lsp-test.el --- llmspell lsp, in Emacs's two language clients  -*- lexical-binding: t -*-

;;; Commentary:

;; Eglot and lsp-mode are set up by the very forms of docs/editors.md.  Run this through
;; run.sh, which puts the binary on PATH as llmspell, and sets a home folder that may be
;; thrown away.

;;; Code:

(when (fboundp 'package-activate-all) (package-activate-all))
(require 'cl-lib)
(require 'ert)
(require 'flymake)
(require 'lua-mode)
(require 'eglot)
(require 'lsp-mode)
(require 'lsp-completion)
(require 'lsp-diagnostics)
(require 'lsp-modeline)
(require 'lsp-headerline)
(require 'lsp-lens)

(setq make-backup-files nil
      create-lockfiles nil
      eglot-sync-connect 60
      lsp-auto-guess-root t
      lsp-restart 'ignore
      lsp-enable-file-watchers nil
      lsp-keep-workspace-alive nil
      lsp-warn-no-matched-clients nil)

(defconst lsp-test-docs
  (expand-file-name "../../../docs/editors.md" (file-name-directory (or load-file-name buffer-file-name))))

(defconst lsp-test-deadline 120
  "Seconds that an answer may take before a test fails.")

(defun lsp-test-from-docs (word)
  "Evaluate the form of the documentation that has WORD."
  (with-temp-buffer
    (insert-file-contents lsp-test-docs)
    (unless (re-search-forward (concat "^```elisp\n\\((with-eval-after-load '" word "\n\\(?:.*\n\\)*?\\)```") nil t)
      (error "There is no form with %s in %s" word lsp-test-docs))
    (eval (car (read-from-string (match-string 1))) t)))

(defun lsp-test-wait (what predicate)
  "Wait until PREDICATE holds and return its value; WHAT names it in the error."
  (let ((end (+ (float-time) lsp-test-deadline)) value)
    (while (and (not (setq value (funcall predicate))) (< (float-time) end))
      (accept-process-output nil 0.05))
    (or value (ert-fail (format "not within %s s: %s" lsp-test-deadline what)))))

(defun lsp-test-open (&rest lines)
  "Visit a new Lua file of LINES."
  (let* ((folder (make-temp-file "lsp-test" t))
         (file (expand-file-name "script.lua" folder)))
    (with-temp-file file (insert (mapconcat #'identity lines "\n") "\n"))
    (make-directory (expand-file-name ".git" folder))
    (find-file file)
    (lua-mode)))

(defun lsp-test-completions (after)
  "What completion at point offers behind the text AFTER."
  (goto-char (point-min))
  (search-forward after)
  (pcase (run-hook-wrapped 'completion-at-point-functions
                           (lambda (f) (let ((found (funcall f))) (and (consp found) found))))
    (`(,start ,end ,table . ,plist)
     (mapcar #'substring-no-properties
             (all-completions (buffer-substring-no-properties start end) table (plist-get plist :predicate))))))

(defun lsp-test-labels (after)
  "The names that completion offers behind AFTER."
  (mapcar #'string-trim (lsp-test-completions after)))

(ert-deftest lsp-test-eglot ()
  (lsp-test-from-docs "eglot")
  (lsp-test-open "local calc = Tool.get(\"calculatr\")" "local function twice(n) return n * 2 end" "print(twice(2), calc)" "Tool.execute(\"calculator\", { in })")
  (call-interactively #'eglot)
  (let ((server (eglot-current-server)))
    (should server)
    (should (equal "llmspell" (plist-get (eglot--server-info server) :name)))
    (lsp-test-wait "a diagnostic of the wrong tool"
                   (lambda ()
                     (flymake-start)
                     (cl-find-if (lambda (d) (string-match-p "calculatr" (flymake-diagnostic-text d))) (flymake-diagnostics))))
    (should (member "input" (lsp-test-labels "{ in")))
    (goto-char (point-min))
    (search-forward "print(tw")
    (let ((found (car (xref-backend-definitions 'eglot (xref-backend-identifier-at-point 'eglot)))))
      (should (= 2 (xref-location-line (xref-item-location found)))))
    (eglot-rename "double")
    (should (string-match-p "local function double(n).*\nprint(double(2), calc)" (buffer-string)))
    (set-buffer-modified-p nil)
    (eglot-shutdown server)
    (kill-buffer)))

(ert-deftest lsp-test-lsp-mode ()
  (lsp-test-from-docs "lsp-mode")
  (lsp-test-open "local function twice(n) return n * 2 end" "print(twice(2)" "Tool.execute(\"calculator\", { in })")
  (lsp)
  (lsp-test-wait "the server" (lambda () (cl-some (lambda (w) (eq 'initialized (lsp--workspace-status w))) (lsp-workspaces))))
  (should (equal '(llmspell) (mapcar (lambda (w) (lsp--client-server-id (lsp--workspace-client w))) (lsp-workspaces))))
  (lsp-test-wait "a diagnostic of the open parenthesis"
                 (lambda () (cl-some (lambda (d) (equal "syntax" (gethash "code" d)))
                                     (append (gethash buffer-file-name (lsp-diagnostics)) nil))))
  (should (member "input" (lsp-test-labels "{ in")))
  (goto-char (point-min))
  (search-forward "print(tw")
  (lsp-rename "double")
  (should (string-match-p "local function double(n).*\nprint(double(2)" (buffer-string)))
  (set-buffer-modified-p nil)
  (lsp-disconnect)
  (kill-buffer))

;;; lsp-test.el ends here
