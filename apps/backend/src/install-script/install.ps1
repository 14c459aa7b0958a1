function Install-Program {
  $ErrorActionPreference = 'Stop'
  $ProgressPreference = 'SilentlyContinue'
  $wanted = $env:BUILDS_TARGET
  $root = $env:BUILDS_ROOT
  if ($note) { Write-Warning $note }
  if ($wanted) { $targets = @($wanted) }
  else {
    $arch = if ($env:PROCESSOR_ARCHITEW6432) { $env:PROCESSOR_ARCHITEW6432 } else { $env:PROCESSOR_ARCHITECTURE }
    switch ($arch) {
      'AMD64' { $targets = @('x86_64-pc-windows-msvc', 'x86_64-pc-windows-gnu', 'x86_64-pc-windows-gnullvm') }
      'ARM64' { $targets = @('aarch64-pc-windows-msvc', 'aarch64-pc-windows-gnullvm', 'x86_64-pc-windows-msvc', 'x86_64-pc-windows-gnu') }
      'x86' { $targets = @('i686-pc-windows-msvc', 'i686-pc-windows-gnu') }
      default { throw "This machine is a $arch, for which nothing is built." }
    }
  }
  $target = $targets | Where-Object { $published.ContainsKey($_) } | Select-Object -First 1
  if (-not $target) {
    throw "$crate $version is not built for $($targets -join ' or '). It is built for: $($published.Keys -join ', '). Ask for it on $base/crates/$crate."
  }
  $sum, $url = $published[$target]
  $bin = if ($root) { Join-Path $root 'bin' }
  else {
    $cargoHome = if ($env:CARGO_HOME) { $env:CARGO_HOME } else { Join-Path $HOME '.cargo' }
    $cargoBin = Join-Path $cargoHome 'bin'
    if ((Test-Path -LiteralPath $cargoBin -PathType Container) -and (($env:Path -split ';') -contains $cargoBin)) { $cargoBin }
    else { Join-Path $HOME '.local\bin' }
  }
  $work = Join-Path ([IO.Path]::GetTempPath()) ([Guid]::NewGuid().ToString())
  New-Item -ItemType Directory -Path $work | Out-Null
  try {
    $archive = Join-Path $work 'archive.zip'
    Invoke-WebRequest -Uri $url -OutFile $archive -UseBasicParsing
    $found = (Get-FileHash -LiteralPath $archive -Algorithm SHA256).Hash.ToLowerInvariant()
    if ($found -ne $sum) {
      throw "What was downloaded is not what was published: its sha256 is $found, not $sum. Nothing was installed."
    }
    $unpacked = Join-Path $work 'unpacked'
    Expand-Archive -LiteralPath $archive -DestinationPath $unpacked
    $programs = @(Get-ChildItem -LiteralPath $unpacked -Recurse -File -Filter '*.exe')
    if ($programs.Count -eq 0) { throw 'There is no program in the archive. Nothing was installed.' }
    New-Item -ItemType Directory -Force -Path $bin | Out-Null
    foreach ($program in $programs) {
      Copy-Item -LiteralPath $program.FullName -Destination (Join-Path $bin $program.Name) -Force
    }
    Write-Output "Installed $crate $version ($target) into ${bin}: $($programs.Name -join ' ')"
    Write-Output "The sha256 of the archive is the published one: $sum"
    if (($env:Path -split ';') -notcontains $bin) { Write-Output "This folder is not on your PATH yet: $bin" }
  }
  finally { Remove-Item -LiteralPath $work -Recurse -Force -ErrorAction SilentlyContinue }
}

. { Install-Program }
